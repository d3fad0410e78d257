using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

public sealed class BadgePatternTests
{
    [Theory]
    [InlineData("W-####", "W-0042", true)]
    [InlineData("W-####", "W-004", false)]
    [InlineData("W-####", "W-00a2", false)]
    [InlineData("@@?#!", "AB19!", true)]
    [InlineData("@@?#!", "AbC9!", false)]
    [InlineData("W###-######", "W123-123456", false)]
    public void Mask_SaysWhatABadgeIs(string mask, string text, bool isBadge) =>
        Assert.Equal(isBadge, BadgePattern.TryParse(mask, out var pattern, out _) && pattern.Matches(text));

    [Theory]
    [InlineData("W##", "4 to 32")]
    [InlineData("W ####", "without spaces")]
    [InlineData("W－####", "printable")]
    [InlineData("W-0042", "one badge only")]
    [InlineData("%CMD-@@@", "command")]
    [InlineData("####-######", "machine numbers")]
    [InlineData("????-??????", "machine numbers")]
    [InlineData("W###-10####", "machine numbers")]
    public void MaskThatCouldBeTakenForSomethingElse_IsRefusedWithTheReason(string mask, string reason)
    {
        Assert.False(BadgePattern.TryParse(mask, out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void NoAcceptedMask_MatchesAnyMachineNumber()
    {
        var characters = "3W-#@?".ToCharArray();
        var property = Prop.ForAll<byte[], int, byte[]>((choices, serial, model) =>
        {
            // Masks of the length of a machine number, most of them with its hyphen: those that come near.
            var mask = string.Concat(Enumerable.Range(0, MachineNumber.Length).Select(i => i == 4 ? '-' : characters[choices.ElementAtOrDefault(i) % characters.Length]));
            var code = string.Concat(Enumerable.Range(0, 4).Select(i => mask[i] is '3' or 'W' ? mask[i] : "0AZ9"[model.ElementAtOrDefault(i) % 4]));
            var number = new MachineNumber(ModelCode.Parse(code), (serial & int.MaxValue) % 1_000_000);
            return !BadgePattern.TryParse(mask, out var pattern, out _) || !pattern.Matches(number.ToString());
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), property);
    }
}
