using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A wrong value of a station's configuration is refused by name.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("go together", "WriteCertificate", "Prove")]
    [InlineData("go together", "WriteCommonCertificate", "InitializeParameters")]
    [InlineData("can't stand behind", "WriteCertificate", "WriteCommonCertificate", "InitializeParameters", "Prove")]
    [InlineData("can't stand behind", "WriteCommonCertificate", "WriteCommonCertificate")]
    [InlineData("Prove is missing", "WriteCommonCertificate", "PrintCheckSheet")]
    [InlineData("there is no printer", "WriteCertificate", "InitializeParameters", "Prove", "PrintCheckSheet")]
    [InlineData("WriteCertificate is missing", "UpdateFirmware")]
    [InlineData("can't stand behind", "WriteCertificate", "UpdateFirmware", "InitializeParameters", "Prove")]
    [InlineData("Firmware:Images", "WriteCommonCertificate", "UpdateFirmware", "WriteCertificate", "InitializeParameters", "Prove")]
    public void StepsThatMakeNoLine_AreRefusedWithTheReason(string reason, params string[] steps)
    {
        string[] arguments =
        [
            "--data", _directory.Path, "--Line:Name=1001", "--Board:Address=https://127.0.0.1:7460", "--Terminal:Address=https://127.0.0.1:7442",
            .. steps.Select((step, i) => $"--Line:Steps:{i}={step}"),
        ];
        Assert.Contains(reason, Assert.Throws<ConfigurationException>(() => LineStationApp.Build(arguments)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Scanner:Baud=1234", "Baud")]
    [InlineData("--Scanner:Format=9X1", "Format")]
    [InlineData("--Scanner:Address=192.0.2.17:9004", "Address")]
    [InlineData("--Scanner:Transport=Tcp", "Address")]
    [InlineData("--Scanner:Replies:0=\\x0", "Replies")]
    [InlineData("--Scanner:Replies:0=3012-100001", "Replies")]
    [InlineData("--Scanner:NoRead:0=\\q", "NoRead")]
    [InlineData("--Feedback:Pass=\\q", "Pass")]
    [InlineData("--Workers:BadgePattern=####-######", "BadgePattern")]
    [InlineData("--Board:Address=http://127.0.0.1", "Address")]
    [InlineData("--Terminal:Timeout=01:00:00", "Timeout")]
    [InlineData("--Terminal:HoldTimeout=00:05:00", "HoldTimeout")]
    [InlineData("--Board:WatchInterval=00:00:00", "WatchInterval")]
    [InlineData("--Printer:Address=printer", "Address")]
    [InlineData("--Printer:Language=fr", "Language")]
    [InlineData("--Printer:Timeout=00:00:00", "Timeout")]
    [InlineData("--Firmware:FtpPort=0", "FtpPort")]
    [InlineData("--Firmware:AwayLimit=00:00:00", "AwayLimit")]
    [InlineData("--Line:Name=", "Name")]
    public void WrongValue_IsRefusedByName(string argument, string key)
    {
        string[] arguments = ["--config", RepositoryFiles.Resolve("station-config/line-1001.json"), "--data", _directory.Path, argument];
        Assert.Contains(key, Assert.Throws<ConfigurationException>(() => LineStationApp.Build(arguments)).Message, StringComparison.Ordinal);
    }
}
