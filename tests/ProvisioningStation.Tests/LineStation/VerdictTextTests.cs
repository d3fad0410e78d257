using System.Text.RegularExpressions;
using ProvisioningStation.LineStation.KioskUi;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>What the kiosk says of each code.</summary>
public sealed partial class VerdictTextTests
{
    [Fact]
    public void EveryErrorCode_HasAShortCodeOfItsOwn()
    {
        var codes = Enum.GetValues<ErrorCode>().Select(VerdictText.CodeOf).ToList();
        Assert.All(codes, code => Assert.Matches(ShortCode(), code));
        Assert.Equal(codes.Count, codes.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void EveryErrorCode_SaysWhatHappenedAndOneThingToDo_InBothLanguages()
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            foreach (var text in new Func<ErrorCode, string, string>[] { VerdictText.What, VerdictText.Do })
            {
                Assert.Matches(Japanese(), text(code, "ja"));
                Assert.DoesNotMatch(Japanese(), text(code, "en"));
                Assert.NotEmpty(text(code, "en"));
            }
        }
    }

    [GeneratedRegex("^E-[A-Z]{2,3}$")]
    private static partial Regex ShortCode();

    [GeneratedRegex(@"[\u3041-\u30ff\u4e00-\u9fff]")]
    private static partial Regex Japanese();
}
