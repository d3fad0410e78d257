using ProvisioningStation.FirmwareUpdate.Ftp;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

public sealed class FtpPassiveModeTests
{
    [Theory]
    [InlineData("Entering Extended Passive Mode (|||6446|)", 6446)]
    [InlineData("ok (!!!1!).", 1)]
    [InlineData("(|||65535|)", 65535)]
    [InlineData("(|||65536|)", null)]
    [InlineData("(|||0|)", null)]
    [InlineData("(|||-1|)", null)]
    [InlineData("(||6446|)", null)]
    [InlineData("(|!|6446|)", null)]
    [InlineData("(|1|203.0.113.9|6446|)", null)]
    [InlineData("|||6446|", null)]
    [InlineData("(|||644600000000|)", null)]
    [InlineData("", null)]
    public void PortOfEpsv_IsFoundOrNone(string text, int? port) => Assert.Equal(port, FtpPassiveMode.FindExtendedPort(text));

    [Theory]
    [InlineData("Entering Passive Mode (203,0,113,9,195,81).", 50001)]
    [InlineData("Entering Passive Mode 203,0,113,9,195,81", 50001)]
    [InlineData("=203,0,113,9,0,21", 21)]
    [InlineData("(203,0,113,9,0,0)", null)]
    [InlineData("(203,0,113,9,256,1)", null)]
    [InlineData("(203,0,113,256,1,1)", null)]
    [InlineData("(203,0,113,9,195)", null)]
    [InlineData("(203,0,113,9,195,81,7)", null)]
    [InlineData("(203, 0, 113, 9, 195, 81)", null)]
    [InlineData("(203,0,113,9,1195,81)", null)]
    [InlineData("", null)]
    public void PortOfPasv_IsFoundOrNone(string text, int? port) => Assert.Equal(port, FtpPassiveMode.FindPort(text));
}
