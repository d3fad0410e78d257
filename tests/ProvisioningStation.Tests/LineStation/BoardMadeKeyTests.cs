using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Units of a model whose boards make their own key (P-28): no private key travels, and the way from scan to proof is the same.</summary>
public sealed class BoardMadeKeyTests : LineTest
{
    private const string Unit = TerminalStandIn.BoardsMakeTheirKey + "-100001";

    [Fact]
    public async Task Scan_EndsProved_WithACertificateForTheBoardsOwnKey()
    {
        var verdict = await Station.ScanAsync(Unit);
        Assert.True(verdict.Verdict == Verdict.Pass, verdict.Message);
        Assert.Null(Terminal[Unit].Pack.PrivateKey);
        Assert.Equal(Terminal[Unit].Pack.Fingerprint.ToString(), verdict.CertificateFingerprint);
        Assert.Equal(CertificateState.Proved, Terminal[Unit].State);
    }

    [Theory]
    [InlineData("SubmitCertificateRequest")]
    [InlineData("ReportReceipt")]
    [InlineData("ReportWriteResult")]
    [InlineData("ReportProof")]
    public async Task AnswerThatIsLost_BlocksOnce_AndTheNextScanFinishesTheJob(string call)
    {
        Terminal.BeforeAnswer = called =>
        {
            if (called == call)
                throw new ProvisioningException(ErrorCode.TerminalUnavailable, "The answer is lost.");
        };
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), await CodeAsync(Unit));
        Terminal.BeforeAnswer = null;
        var verdict = await Station.ScanAsync(Unit);
        Assert.True(verdict.Verdict == Verdict.Pass, verdict.Message);
        Assert.Equal(CertificateState.Proved, Terminal[Unit].State);
    }
}
