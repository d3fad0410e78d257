using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
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
        using var printer = new TcpListener(IPAddress.Loopback, 0);
        printer.Start();
        var address = printer.LocalEndpoint.ToString();
        printer.Stop();
        await RestartStationAsync($"--Printer:Address={address}");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal(ErrorCode.PrinterUnavailable, (await Station.NextAsync(happened => happened.Step == StationStep.PrintCheckSheet)).Code);
        printer.Start();
        using var connection = await printer.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(20));
        using var sheet = new MemoryStream();
        await connection.GetStream().CopyToAsync(sheet);
        Assert.Equal(TerminalStandIn.SheetOf(Number), sheet.ToArray());
        connection.Close();
        await PrintedAsync();
    }

    private Task<StationEvent> PrintedAsync() => Station.NextAsync(happened => happened is { Step: StationStep.PrintCheckSheet, Code: null });
}
