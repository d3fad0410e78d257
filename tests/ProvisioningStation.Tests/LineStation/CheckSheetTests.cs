using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A line that prints check sheets (P-33): into a folder at first, which is away until a test makes it.</summary>
public sealed class CheckSheetTests() : LineTest(
    "--Line:Steps:0=WriteCommonCertificate",
    "--Line:Steps:1=WriteCertificate",
    "--Line:Steps:2=InitializeParameters",
    "--Line:Steps:3=Prove",
    "--Line:Steps:4=PrintCheckSheet",
    "--Printer:RetryInterval=00:00:00.200")
{
    private const string Second = "3012-100002";

    private protected override string[] More => [$"--Printer:Folder={Files["printer"]}"];

    [Fact]
    public async Task Pass_PrintsTheSheetOnce_AlsoBehindARestart()
    {
        Make("printer");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        await PrintedAsync();
        var file = Assert.Single(Directory.GetFiles(Files["printer"]));
        Assert.Equal(TerminalStandIn.SheetOf(Number), await File.ReadAllBytesAsync(file));
        File.Delete(file);
        await RestartStationAsync(More);
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict); // perhaps nobody saw the first one
        await Task.Delay(600);
        Assert.Empty(Directory.GetFiles(Files["printer"]));
        Assert.Single(Terminal.SheetRequests);
        Assert.Empty(Directory.GetFiles(Files["station/check-sheets"]));
    }

    [Fact]
    public async Task PrinterAway_IsSaidInWords_TheUnitIsAPass_AndTheSheetIsPrintedByItself()
    {
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        var away = await Station.NextAsync(happened => happened.Step == StationStep.PrintCheckSheet);
        Assert.Equal((ErrorCode.PrinterUnavailable, Number, null), (away.Code, away.MachineNumber, away.Verdict));
        Assert.Contains("printed by itself", away.Message, StringComparison.Ordinal);
        await RestartStationAsync(More);
        Make("printer");
        await PrintedAsync();
        Assert.Single(Directory.GetFiles(Files["printer"]));
        Assert.Single(Terminal.SheetRequests); // the sheet lay in the data directory
    }

    [Fact]
    public async Task PrintedSheetAsTheLastRow_IsNoInterruptedVisit()
    {
        Make("printer");
        var pass = await Station.ScanAsync(Number);
        var printed = await PrintedAsync();
        Assert.Equal(printed.Sequence, (await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default))[^1].Sequence);
        await RestartStationAsync(More);
        Assert.Null(Station.Journal.CutOff);
        Assert.Null(Station.Journal.Held);
        var verdicts = (await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default)).Where(happened => happened.Verdict is not null);
        Assert.Equal(pass.Sequence, Assert.Single(verdicts).Sequence);
        Assert.True(Station.Journal.HasUnfinished(MachineNumber.Parse(Number))); // the Pass was the last of the visit: perhaps nobody saw it
    }

    [Fact]
    public async Task SheetPrintedWhileTheNextUnitIsWritten_LeavesThatUnitTheInterruptedOne()
    {
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict); // its sheet waits for the printer
        await SwapBoardAsync("board-2", delay: TimeSpan.FromSeconds(8)); // the printing happens within it
        await Station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        Station.Scan(Second);
        await Station.NextAsync(happened => happened is { Step: StationStep.Verify, MachineNumber: Second });
        Make("printer");
        Assert.Equal(Number, (await PrintedAsync()).MachineNumber);
        await RestartStationAsync(More);
        Assert.Equal((Second, StationStep.Verify), (Station.Journal.CutOff?.MachineNumber, Station.Journal.CutOff?.Step));
        Assert.Equal((ErrorCode.Interrupted, Second), (Station.Journal.Held?.Code, Station.Journal.Held?.MachineNumber));
    }

    [Fact]
    public async Task SheetThatTheTerminalCanNotMake_HoldsUpNoOther_AndNothingIsLeftInTheDataDirectory()
    {
        Make("printer");
        var broken = true;
        Terminal.BeforeAnswer = call =>
        {
            if (call == "GetCheckSheet" && Volatile.Read(ref broken) && Terminal.SheetRequests.Last().MachineNumber.ToString() == Number)
                throw new ProvisioningException(ErrorCode.Internal, "no memory for the drawing");
        };
        await File.WriteAllTextAsync(Path.Combine(Make("station/check-sheets"), $"{RequestId.New()}.pdf"), "printed, and the power went before it was deleted");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        await SwapBoardAsync("board-2");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Second)).Verdict);
        Assert.Equal(Second, (await PrintedAsync()).MachineNumber);
        Volatile.Write(ref broken, false);
        Assert.Equal(Number, (await PrintedAsync()).MachineNumber);
        Assert.Equal(2, Directory.GetFiles(Files["printer"]).Length);
        for (var until = DateTime.UtcNow.AddSeconds(60); Directory.GetFiles(Files["station/check-sheets"]).Length > 0; await Task.Delay(50))
            Assert.True(DateTime.UtcNow < until, "A sheet is still in the data directory.");
    }

    [Fact]
    public async Task LostAnswer_IsAskedForAgainByTheSameRequest()
    {
        Make("printer");
        var lost = 0;
        Terminal.BeforeAnswer = call =>
        {
            if (call == "GetCheckSheet" && Interlocked.Increment(ref lost) <= 2)
                throw new ProvisioningException(ErrorCode.Internal, "lost");
        };
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        await PrintedAsync();
        Assert.Equal(3, Terminal.SheetRequests.Count);
        Assert.Single(Terminal.SheetRequests.Select(request => request.RequestId).Distinct());
    }

    [Fact]
    public async Task UnitThatHasASheet_GetsNoSecondOne()
    {
        Make("printer");
        Terminal.HasSheet(Number);
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        var refused = await Station.NextAsync(happened => happened.Step == StationStep.PrintCheckSheet);
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        await Task.Delay(600);
        Assert.Single(Terminal.SheetRequests);
        Assert.Empty(Directory.GetFiles(Files["printer"]));
    }

    [Fact]
    public async Task PrinterOnTheNetwork_GetsTheSheet_WhenItIsBack()
    {
        using var printer = new TcpListener(IPAddress.Loopback, FreePort.Find());
        await RestartStationAsync($"--Printer:Address={printer.LocalEndpoint}");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal(ErrorCode.PrinterUnavailable, (await Station.NextAsync(happened => happened.Step == StationStep.PrintCheckSheet)).Code);
        printer.Start();
        using var connection = await printer.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromMinutes(1));
        using var sheet = new MemoryStream();
        await connection.GetStream().CopyToAsync(sheet);
        Assert.Equal(TerminalStandIn.SheetOf(Number), sheet.ToArray());
        connection.Close();
        await PrintedAsync();
    }

    private Task<StationEvent> PrintedAsync() => Station.NextAsync(happened => happened is { Step: StationStep.PrintCheckSheet, Code: null });
}
