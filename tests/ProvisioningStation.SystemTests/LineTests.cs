using System.Text.Json;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>A person at the line: <c>stationctl scan</c> and what comes of good and bad scans.</summary>
public sealed class LineTests : IAsyncLifetime
{
    private TestFactory _factory = null!;

    public async Task InitializeAsync()
    {
        _factory = await TestFactory.StartAsync(TestFactory.QuickBoards, lines: 1);
        _factory.Floor.Map(_factory.Layout).Write(_factory.Layout.Root);
    }

    public async Task DisposeAsync() => await _factory.DisposeAsync();

    [Fact]
    public async Task GoodScan_IsProvedAndASecondOneIsBlocked()
    {
        var unit = await ConnectBoardAsync();
        var (code, output, error) = await LauncherProcess.ControlAsync(_factory, "scan", unit, "--line", "1001");
        Assert.True(code == 0, output + error);
        Assert.Contains($"OK 合格  {unit}", output, StringComparison.Ordinal);

        await Task.Delay(1100);
        (code, output, _) = await LauncherProcess.ControlAsync(_factory, "scan", unit, "--line", "1001", "--json");
        Assert.Equal(5, code);
        using var verdict = JsonDocument.Parse(output);
        Assert.Equal("Blocked", verdict.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(nameof(ErrorCode.AlreadyWritten), verdict.RootElement.GetProperty("code").GetString());
        Assert.Contains("1001", verdict.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);

        // Another product's plate on this board.
        var other = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        await AssertBlockedAsync(other, ErrorCode.WrongBoard);
        Assert.Equal(UnitState.Stored, (await _factory.FindUnitAsync(other)).State);
    }

    [Fact]
    public async Task BadScans_AreRefusedWithTheReason()
    {
        await ConnectBoardAsync();
        await AssertBlockedAsync("3012-999999", ErrorCode.NotInStore);
        await AssertBlockedAsync("A125-100001", ErrorCode.NotManaged);
        await AssertBlockedAsync("3012_100001", ErrorCode.InvalidMachineNumber);
        await AssertBlockedAsync("4901234567894", ErrorCode.InvalidMachineNumber);
        await AssertBlockedAsync(new string('7', 10_000), ErrorCode.UnreadableScan);
    }

    [Fact]
    public async Task CaDown_WorkGoesOnFromTheStore_TerminalDown_IsSaidQuickly()
    {
        var unit = await ConnectBoardAsync();
        await _factory.Floor.CertificateAuthority.Process!.KillAsync();
        var (code, output, error) = await LauncherProcess.ControlAsync(_factory, "scan", unit, "--line", "1001");
        Assert.True(code == 0, output + error);

        await _factory.Line.Slot.RemoveAsync();
        await _factory.Line.Slot.ConnectAsync(CancellationToken.None);
        var next = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        await _factory.Floor.Terminal.Process!.KillAsync();
        await AssertBlockedAsync(next, ErrorCode.TerminalUnavailable);

        (code, output, _) = await LauncherProcess.ControlAsync(_factory, "health");
        Assert.Equal(6, code);
        Assert.Contains("communication-terminal   does not answer", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoBoard_IsSaid()
    {
        var unit = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        await AssertBlockedAsync(unit, ErrorCode.BoardUnavailable);
    }

    [Fact]
    public async Task BoardThatFailsThreeTimes_IsBlockedWithEveryCertificateButTheLastSuperseded()
    {
        var unit = await ConnectBoardAsync();
        var board = _factory.Line.Slot.Directory;
        await Wait.UntilAsync("the common certificate", () => Task.FromResult(File.Exists(Path.Combine(board, "nvram", "common-certificate", "certificate.pem"))));
        await Task.Delay(500);
        Directory.CreateDirectory(Path.Combine(board, "simulate"));
        await File.WriteAllTextAsync(Path.Combine(board, "simulate", "fail-writes"), "9");
        var (code, output, _) = await LauncherProcess.ControlAsync(_factory, "scan", unit, "--line", "1001", "--json");
        Assert.Equal(5, code);
        using var verdict = JsonDocument.Parse(output);
        Assert.Equal("Fail", verdict.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(3, verdict.RootElement.GetProperty("attempt").GetInt32());
        Assert.Equal(UnitState.Blocked, (await _factory.FindUnitAsync(unit)).State);
        var states = SqliteFile.Query<string>(_factory.Layout.CertificateAuthority, "certificate-authority.db", "SELECT state FROM certificate WHERE machine_number = @unit ORDER BY id", new { unit });
        Assert.Equal(["Superseded", "Superseded", "Fetched"], states);
        await AssertBlockedAsync(unit, ErrorCode.Blocked);
    }

    [Fact]
    public async Task ControlWithoutAFactory_SaysWhatToDo()
    {
        var (code, _, error) = await Tool.RunAsync("dotnet", [typeof(ProvisioningStation.Control.ControlCommand).Assembly.Location, "today", "--data", Path.Combine(_factory.Directory, "nowhere")]);
        Assert.Equal(4, code);
        Assert.Contains("No factory has run", error, StringComparison.Ordinal);
    }

    private async Task<string> ConnectBoardAsync()
    {
        await _factory.Line.Slot.ConnectAsync(CancellationToken.None);
        return (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
    }

    private async Task AssertBlockedAsync(string code, ErrorCode expected)
    {
        await Task.Delay(1100);
        var (exit, output, error) = await LauncherProcess.ControlAsync(_factory, "scan", code, "--line", "1001", "--json");
        Assert.True(exit == 5, $"{exit}: {output} {error}");
        using var verdict = JsonDocument.Parse(output);
        Assert.Equal("Blocked", verdict.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(expected.ToString(), verdict.RootElement.GetProperty("code").GetString());
        Assert.NotEqual(string.Empty, verdict.RootElement.GetProperty("message").GetString());
    }
}
