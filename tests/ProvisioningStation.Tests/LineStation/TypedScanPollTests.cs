using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Numbers typed at the terminal (P-21): the station takes each exactly like a scan, once.</summary>
public sealed class TypedScanPollTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private readonly TestPki _pki = new();
    private readonly TemporaryDirectory _directory = new();
    private TerminalStandIn _terminal = null!;
    private RunningBoard _board = null!;
    private RunningStation _station = null!;

    public async Task InitializeAsync()
    {
        _terminal = await TerminalStandIn.StartAsync(_pki, Directory.CreateDirectory(_directory["terminal"]).FullName);
        _board = await RunningBoard.StartAsync(Directory.CreateDirectory(_directory["board"]).FullName);
        _station = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _station.DisposeAsync();
        await _board.DisposeAsync();
        await _terminal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task TypedNumber_IsWrittenAndProvedAsAScannedOne()
    {
        _terminal.Type(1, Number);
        var verdict = await _station.VerdictAsync();
        Assert.Equal((Verdict.Pass, Number), (verdict.Verdict, verdict.MachineNumber));
        Assert.Equal(CertificateState.Proved, _terminal[Number].State);
    }

    [Fact]
    public async Task NumberThatIsDeliveredAgain_IsNotTakenAgain()
    {
        _terminal.Type(1, Number);
        await _station.VerdictAsync();
        await _station.DisposeAsync();
        _station = await StartAsync(); // what it had is on its disk
        _terminal.TypeAgain(1, Number);
        _terminal.Type(2, "3013-100001");
        var verdict = await _station.VerdictAsync();
        Assert.Equal(("3013-100001", ErrorCode.WrongBoard), (verdict.MachineNumber, verdict.Code));
    }

    private Task<RunningStation> StartAsync() =>
        RunningStation.StartAsync(_pki, Directory.CreateDirectory(_directory["station"]).FullName, _board.Address, _terminal.Address, "--Terminal:Timeout=00:00:04");
}
