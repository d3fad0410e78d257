using System.Collections.Concurrent;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Receipts and results that the terminal did not answer are kept over everything, and delivered once the terminal is back.</summary>
public sealed class OutboxTests() : LineTest("--Terminal:HoldTimeout=00:00:00.300")
{
    private string BoardsResult => Files["board-1/nvram/write-result"];

    [Theory]
    [InlineData("ReportReceipt")]
    [InlineData("ReportWriteResult")]
    public async Task TerminalAwayAfterTheWrite_HoldsTheUnit_AndTheReportsAreDeliveredByThemselves(string call)
    {
        Lose(call);
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict, verdict.Code));
        Assert.StartsWith(
            "The certificate is written; the result is kept and delivered by itself. Keep the unit aside and scan it again when the communication terminal is back.",
            verdict.Message,
            StringComparison.Ordinal);

        Terminal.BeforeAnswer = null;
        var delivered = await Station.NextAsync(happened => happened.Step == StationStep.Delivered && happened.Message!.Contains("result", StringComparison.Ordinal));
        Assert.Equal((Number, 1, (ErrorCode?)null), (delivered.MachineNumber, delivered.Attempt, delivered.Code));
        Assert.Equal(CertificateState.Written, Terminal[Number].State);
        Assert.Equal((Verdict.Pass, (ErrorCode?)null), await CodeAsync(Number));
    }

    [Fact]
    public async Task BoardsResult_IsAcknowledgedOnlyWhenTheTerminalHasIt()
    {
        Lose("ReportReceipt");
        await Station.ScanAsync(Number);
        Assert.True(File.Exists(BoardsResult));
        Terminal.BeforeAnswer = null;
        await Station.NextAsync(happened => happened.Step == StationStep.Delivered && happened.Message!.Contains("result", StringComparison.Ordinal));
        Assert.True(File.Exists(BoardsResult));
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.False(File.Exists(BoardsResult));
    }

    [Fact]
    public async Task TerminalThatIsShortlyAway_CostsNoVerdict()
    {
        var lost = 0;
        Terminal.BeforeAnswer = called =>
        {
            if (called == "ReportWriteResult" && ++lost == 1)
                throw new ProvisioningException(ErrorCode.TerminalUnavailable, "The answer is lost.");
        };
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal(2, Terminal.Calls.Count(call => call == "ReportWriteResult"));
        Assert.DoesNotContain(await EventsAsync(), happened => happened.Step == StationStep.Delivered);
    }

    [Theory]
    [InlineData("ReportReceipt")]
    [InlineData("ReportWriteResult")]
    [InlineData("ReportProof")]
    public async Task TerminalThatTakesTheConnectionAndIsSilent_CostsTheHoldAndALittle(string call)
    {
        await RestartStationAsync("--Terminal:Timeout=00:05:00"); // so it is the hold that ends the wait: no answer comes before the verdict
        using var answers = new ManualResetEventSlim();
        Terminal.BeforeAnswer = called =>
        {
            if (called == call || (called == "ReportWriteResult" && call == "ReportReceipt"))
                answers.Wait();
        };
        Station.Scan(Number);
        var begun = await Station.NextAsync(happened => happened.Step == (call == "ReportProof" ? StationStep.Prove : StationStep.Verify));
        var verdict = await Station.VerdictAsync();
        answers.Set();
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict, verdict.Code));
        Assert.True(verdict.Seconds - begun.Seconds >= 0.9, $"given up after {verdict.Seconds - begun.Seconds} s"); // a second for each report

        Terminal.BeforeAnswer = null;
        await UntilAsync(() => Terminal[Number].State is CertificateState.Written or CertificateState.Proved);
        Assert.Equal((Verdict.Pass, (ErrorCode?)null), await CodeAsync(Number));
    }

    [Fact]
    public async Task StationThatIsRestarted_StillDelivers_InOrder()
    {
        Lose("ReportReceipt");
        await Station.ScanAsync(Number);
        await RestartStationAsync("--Board:Address=https://127.0.0.1:9"); // nothing on the cable is needed for it
        var answered = Answer();
        await UntilAsync(() => answered.Contains("ReportWriteResult"));
        Assert.Equal(["ReportReceipt", "ReportWriteResult"], answered.Where(IsReport));
        Assert.Equal(CertificateState.Written, Terminal[Number].State);
    }

    [Fact]
    public async Task ScanOfTheSameUnit_DeliversFirst()
    {
        Lose("ReportWriteResult");
        await Station.ScanAsync(Number);
        var answered = Answer();
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal(["ReportWriteResult", "RequestCertificate"], answered.Where(call => call is "ReportWriteResult" or "RequestCertificate"));
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
    }

    [Fact]
    public async Task ReportOfAnAttemptThatIsOver_EndsWithTheTerminalsRefusal_AndTheUnitGoesOn()
    {
        File.WriteAllText(Files["board-1/simulate/fail-writes"], "1");
        Lose("ReportReceipt");
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict, verdict.Code));
        Assert.StartsWith("The board failed; the result is kept", verdict.Message, StringComparison.Ordinal);

        Terminal[Number].Attempt = 2; // a person has decided meanwhile
        Terminal[Number].Pack = Pki.DevicePack(Number);
        Terminal.BeforeAnswer = null;
        Assert.Equal(ErrorCode.WrongAttempt, (await Station.NextAsync(happened => happened is { Step: StationStep.Delivered, Code: not null })).Code);
        var second = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 2), (second.Verdict, second.Attempt));
    }

    [Fact]
    public async Task FailedResultThatIsDeliveredLater_LetsTheNextScanTryAgain()
    {
        File.WriteAllText(Files["board-1/simulate/fail-writes"], "1");
        Lose("ReportReceipt");
        await Station.ScanAsync(Number);
        Terminal.BeforeAnswer = null;
        var second = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 2), (second.Verdict, second.Attempt));
    }

    [Fact]
    public async Task VisitThatTheStationsEndCutOff_IsToldAtTheStart_AndTheNextScanGoesOn()
    {
        await SwapBoardAsync("board-2", TimeSpan.FromSeconds(4)); // the station ends within it
        Station.Scan(Number);
        await Station.NextAsync(happened => happened.Step == StationStep.Verify);
        await RestartStationAsync();
        var told = Assert.Single(await EventsAsync(), happened => happened.Step == StationStep.Done);
        Assert.Equal((Verdict.Blocked, ErrorCode.Interrupted, 1), (told.Verdict, told.Code, told.Attempt));
        Assert.StartsWith("The station ended in the middle of this unit. Scan it again: it goes on where it was.", told.Message, StringComparison.Ordinal);
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 1), (verdict.Verdict, verdict.Attempt));
        await RestartStationAsync();
        Assert.Single(await EventsAsync(), happened => happened is { Step: StationStep.Done, Code: ErrorCode.Interrupted });
    }

    private static bool IsReport(string call) => call is "ReportReceipt" or "ReportWriteResult";

    private void Lose(string call) => Terminal.BeforeAnswer = called =>
    {
        if (called == call)
            throw new ProvisioningException(ErrorCode.TerminalUnavailable, "The answer is lost.");
    };

    // Every call is answered from now on; which of them were, in order. The station may deliver by itself at any moment.
    private ConcurrentQueue<string> Answer()
    {
        var answered = new ConcurrentQueue<string>();
        Terminal.BeforeAnswer = answered.Enqueue;
        return answered;
    }

    private Task<IReadOnlyList<StationEvent>> EventsAsync() => Station.Journal.GetAfterAsync(0, TimeSpan.FromSeconds(1), default);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 1200 && !holds(); i++)
            await Task.Delay(50);
        Assert.True(holds());
    }
}
