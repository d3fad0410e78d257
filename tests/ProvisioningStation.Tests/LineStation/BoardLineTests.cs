using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A board line (P-11): blank boards get the common certificate unasked, and nothing is scanned.</summary>
public sealed class BoardLineTests() : LineTest("--Line:Steps:0=WriteCommonCertificate")
{
    [Fact]
    public async Task MachineNumber_IsBlockedWithWords_AndTheBoardHasTheCommonCertificateOnly()
    {
        await Station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.NotSupported), (verdict.Verdict, verdict.Code));
        Assert.Contains("nothing needs to be scanned", verdict.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("RequestCertificate", Terminal.Calls);
        Assert.False(File.Exists(Files["board-1/flash/certificate/certificate.pem"]));
    }
}
