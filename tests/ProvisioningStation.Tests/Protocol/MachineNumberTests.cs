using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.Protocol;

public sealed class MachineNumberTests
{
    [Theory]
    [InlineData("3012-123456")]
    [InlineData("A123-000000")]
    public void WellFormed_IsReadAndWrittenUnchanged(string text)
    {
        var number = MachineNumber.Parse(text);
        Assert.Equal(text, number.ToString());
        Assert.Equal(text, new MachineNumber(number.Model, number.Serial).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("3012-12345")]
    [InlineData("3012-1234567")]
    [InlineData("3012_123456")]
    [InlineData("a123-123456")]
    [InlineData("3012-12345A")]
    [InlineData(" 3012-123456")]
    [InlineData("3012-123456\n")]
    [InlineData("３０１２-123456")]
    [InlineData("3012-１２３４５６")]
    public void Malformed_IsRefusedWithWhatIsExpected(string? text)
    {
        var error = Assert.Throws<ProvisioningException>(() => MachineNumber.Parse(text));
        Assert.Equal(ErrorCode.InvalidMachineNumber, error.Code);
        Assert.Contains("such as 3012-123456", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void AnyText_IsEitherRefusedOrHasTheForm() => Prop.ForAll<string?>(text =>
        !MachineNumber.TryParse(text, out var number) || System.Text.RegularExpressions.Regex.IsMatch(number.ToString(), "\\A[A-Z0-9]{4}-[0-9]{6}\\z")).QuickCheckThrowOnFailure();

    [Fact]
    public void Serial_KeepsItsCanonicalForm()
    {
        var serial = SerialNumber.Random();
        Assert.Matches("^[4-7][0-9a-f]{39}$", serial.ToString());
        Assert.Equal(serial, SerialNumber.Parse(serial.ToString()));
        Assert.Equal(SerialNumber.Size, serial.ToBytes().Length);
    }
}
