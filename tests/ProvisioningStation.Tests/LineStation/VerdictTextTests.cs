using System.Globalization;
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

    [Theory]
    [InlineData("2026-11-21T10:42:00+09:00", "Already written: today 10:42, line 1002.", "書き込み済み：本日 10:42、ライン 1002")]
    [InlineData("2026-11-20T23:59:00+09:00", "Already written: 2026-11-20 23:59, line 1002.", "書き込み済み：2026-11-20 23:59、ライン 1002")]
    public void UnitThatIsAlreadyWritten_IsSaidWithWhenAndWhere(string at, string english, string japanese)
    {
        var now = new DateTimeOffset(2026, 11, 21, 11, 0, 0, TimeSpan.FromHours(9));
        Assert.Equal(english, VerdictText.Written(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), "1002", now, "en"));
        Assert.Equal(japanese, VerdictText.Written(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), "1002", now, "ja"));
    }

    [GeneratedRegex("^E-[A-Z]{2,3}$")]
    private static partial Regex ShortCode();

    [GeneratedRegex(@"[\u3041-\u30ff\u4e00-\u9fff]")]
    private static partial Regex Japanese();
}
