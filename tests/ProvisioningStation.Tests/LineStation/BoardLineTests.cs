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
        Assert.Equal(Verdict.Pass, (await Station.VerdictAsync()).Verdict);
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.NotSupported), (verdict.Verdict, verdict.Code));
        Assert.Contains("nothing needs to be scanned", verdict.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("RequestCertificate", Terminal.Calls);
        Assert.False(File.Exists(Files["board-1/flash/certificate/certificate.pem"]));
    }

    [Fact]
    public async Task BlankBoard_IsAPassWithoutANumber_OnceForEachBoard()
    {
        var first = await Station.VerdictAsync();
        Assert.Equal((Verdict.Pass, null, null), (first.Verdict, first.MachineNumber, first.Code));
        Assert.Equal("The common certificate is written.", first.Message);
        await SwapBoardAsync("board-2");
        var second = await Station.VerdictAsync();
        Assert.Equal(Verdict.Pass, second.Verdict);
        Assert.True(File.Exists(Files["board-2/flash/common-certificate/certificate.pem"]));
        Assert.Equal(2, (await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default)).Count(happened => happened.Step == StationStep.Done));
    }

    [Fact]
    public async Task BoardThatKeepsFailing_IsAFailWithWords_HeldUntilItIsSeen()
    {
        await Station.VerdictAsync();
        Make("board-bad/simulate");
        await File.WriteAllTextAsync(Files["board-bad/simulate/fail-common-writes"], "9");
        await SwapBoardAsync("board-bad");
        var verdict = await Station.VerdictAsync();
        Assert.Equal((Verdict.Fail, ErrorCode.WriteFailed, null), (verdict.Verdict, verdict.Code, verdict.MachineNumber));
        Assert.Contains("Put the board aside", verdict.Message, StringComparison.Ordinal);
        Assert.Equal(verdict.Sequence, Station.Journal.Held?.Sequence);
    }
}
