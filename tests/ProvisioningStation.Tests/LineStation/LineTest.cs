using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>One line for one test: the real station, the real board on its cable, a terminal over real SOAP.</summary>
public abstract class LineTest(params string[] configuration) : IAsyncLifetime
{
    private protected const string Number = "3012-100001";

    private protected TestPki Pki { get; } = new();

    private protected TemporaryDirectory Files { get; } = new();

    private protected TerminalStandIn Terminal { get; private set; } = null!;

    private protected RunningBoard Board { get; set; } = null!;

    private protected RunningStation Station { get; private set; } = null!;

    /// <summary>What the station is started with beside the test's configuration.</summary>
    private protected virtual string[] More => [];

    /// <summary>What its boards are started with.</summary>
    private protected virtual string[] BoardArguments => [];

    public async Task InitializeAsync()
    {
        Terminal = await TerminalStandIn.StartAsync(Pki, Make("terminal"));
        Board = await RunningBoard.StartAsync(Make("board-1"), options: BoardArguments);
        Station = await RunningStation.StartAsync(Pki, Make("station"), Board.Address, Terminal.Address, [.. configuration, .. More]);
    }

    public async Task DisposeAsync()
    {
        await Station.DisposeAsync();
        await Board.DisposeAsync();
        await Terminal.DisposeAsync();
        Files.Dispose();
    }

    private protected string Make(string name) => Directory.CreateDirectory(Files[name]).FullName;

    /// <summary>The station ends and starts again on what it has on its disk.</summary>
    private protected async Task RestartStationAsync(params string[] more)
    {
        await Station.DisposeAsync();
        Station = await RunningStation.StartAsync(Pki, Make("station"), Board.Address, Terminal.Address, [.. configuration, .. more]);
    }

    private protected async Task SwapBoardAsync(string directory, TimeSpan delay = default)
    {
        var port = Board.Address.Port;
        await Board.DisposeAsync();
        Board = await RunningBoard.StartAsync(Make(directory), port, delay, BoardArguments);
    }

    private protected async Task<(Verdict?, ErrorCode?)> CodeAsync(string scanned)
    {
        var verdict = await Station.ScanAsync(scanned);
        return (verdict.Verdict, verdict.Code);
    }
}
