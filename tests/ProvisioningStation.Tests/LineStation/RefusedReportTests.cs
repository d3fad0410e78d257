using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Reports that the terminal does not take: what is the station's or the terminal's trouble is kept, what is refused for good stays visible, and neither holds up another unit.</summary>
public sealed class RefusedReportTests() : LineTest($"--Kiosk:Port={FreePort.Find()}")
{
    private const string Other = "3012-100002";

    [Theory]
    [InlineData(ErrorCode.NotAuthorized)]
    [InlineData(ErrorCode.Revoked)]
    public async Task StationThatTheTerminalDoesNotTake_KeepsItsReports_AndSaysSo(ErrorCode code)
    {
        Terminal.BeforeAnswer = called =>
        {
            if (called is "ReportReceipt" or "ReportWriteResult")
                throw new ProvisioningException(code, "Line 1001 is not known here.");
        };
        Terminal[Number].IgnoresReports = true; // it refuses before it does anything
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, code), (verdict.Verdict, verdict.Code));
        Assert.StartsWith("The certificate is written; the result is kept and delivered by itself. Line 1001 is not known here.", verdict.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Files["board-1/nvram/write-result"]));
        await UntilAsync(() => Station.Problems.ContainsKey("reports"));
        Assert.Contains("They are kept and tried again: Line 1001 is not known here.", Station.Problems["reports"], StringComparison.Ordinal);

        await RestartStationAsync();
        await UntilAsync(() => Station.Problems.ContainsKey("reports"));
        Terminal[Number].IgnoresReports = false;
        Terminal.BeforeAnswer = null;
        await UntilAsync(() => Terminal[Number].State == CertificateState.Written && !Station.Problems.ContainsKey("reports"));
        Assert.DoesNotContain(await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default), happened => happened is { Step: StationStep.Delivered, Code: not null });
        Assert.Equal((Verdict.Pass, (ErrorCode?)null), await CodeAsync(Number));
        Assert.False(File.Exists(Files["board-1/nvram/write-result"]));
    }

    [Fact]
    public async Task ReportRefusedForGood_HoldsUpNoOtherUnit_AndIsShownUntilAPersonHasSeenIt()
    {
        await LeaveReportsOfTwoUnitsAsync();
        Terminal[Number].Attempt = 2; // a person has decided on the first one meanwhile
        Terminal.BeforeAnswer = null;
        await Station.NextAsync(happened => happened is { Step: StationStep.Delivered, MachineNumber: Other, Code: null } && happened.Message!.Contains("result", StringComparison.Ordinal));
        Assert.Equal(CertificateState.Written, Terminal[Other].State);
        await UntilAsync(() => Station.Problems.ContainsKey("reports"));
        Assert.Contains($"first the result of attempt 1 of {Number}: Not the current attempt. (WrongAttempt)", Station.Problems["reports"], StringComparison.Ordinal);

        var calls = Terminal.Calls.Count(call => call == "ReportWriteResult");
        await RestartStationAsync();
        await UntilAsync(() => Station.Problems.ContainsKey("reports"));
        using (var http = new HttpClient { BaseAddress = Station.Kiosk })
            await ShowsAsync(http, "The terminal refuses reports of this line");
        Assert.Equal(calls, Terminal.Calls.Count(call => call == "ReportWriteResult")); // it is tried no more

        Station.Scan(CommandBarcode.Acknowledge, ScanKind.Command);
        var ended = await Station.NextAsync(happened => happened.Step == StationStep.Delivered);
        Assert.Equal((Number, ErrorCode.WrongAttempt, "A person has seen that the terminal refused the result of attempt 1."), (ended.MachineNumber, ended.Code!.Value, ended.Message));
        await UntilAsync(() => !Station.Problems.ContainsKey("reports"));
        await RestartStationAsync();
        await Task.Delay(500);
        Assert.False(Station.Problems.ContainsKey("reports"));
    }

    [Fact]
    public async Task ReportRefusedForGood_EndsWithTheNextScanOfItsUnit()
    {
        await LeaveReportsOfTwoUnitsAsync();
        Terminal[Number].Attempt = 2;
        Terminal[Number].Pack = Pki.DevicePack(Number);
        Terminal.BeforeAnswer = null;
        await UntilAsync(() => Station.Problems.ContainsKey("reports"));
        await SwapBoardAsync("board-1");
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 2), (verdict.Verdict, verdict.Attempt));
        await UntilAsync(() => !Station.Problems.ContainsKey("reports"));
    }

    /// <summary>Two units are written while the terminal loses every answer to a receipt, so that both have a receipt and a result left.</summary>
    private async Task LeaveReportsOfTwoUnitsAsync()
    {
        Terminal.BeforeAnswer = called =>
        {
            if (called == "ReportReceipt")
                throw new ProvisioningException(ErrorCode.TerminalUnavailable, "The answer is lost.");
        };
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), await CodeAsync(Number));
        await SwapBoardAsync("board-2");
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), await CodeAsync(Other));
    }

    private static async Task ShowsAsync(HttpClient kiosk, string text)
    {
        var html = string.Empty;
        for (var i = 0; i < 1200 && !html.Contains(text, StringComparison.Ordinal); i++, await Task.Delay(50))
            html = await kiosk.GetStringAsync("/screen");
        Assert.Contains(text, html, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 1200 && !holds(); i++)
            await Task.Delay(50);
        Assert.True(holds());
    }
}
