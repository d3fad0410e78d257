using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using ProvisioningStation.Board;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>One line in this process: the real station on a real pseudo-terminal, and a real board on its cable.</summary>
internal sealed class BenchmarkLine : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FactoryLayout _layout;
    private readonly FloorLine _line;
    private readonly WebApplication _station;
    private WebApplication? _board;

    private BenchmarkLine(FactoryLayout layout, FloorLine line, WebApplication station)
    {
        _layout = layout;
        _line = line;
        _station = station;
    }

    public static async Task<BenchmarkLine> OpenAsync(FactoryLayout layout, FloorLine line, CancellationToken cancellationToken)
    {
        var station = LineStationApp.Build(["--config", line.Configuration.File, "--data", layout.Line(line.Configuration.Line), "--Log:Level=Error"]);
        await station.StartAsync(cancellationToken);
        return new BenchmarkLine(layout, line, station);
    }

    /// <summary>Puts a new board on the cable and waits until the station has given it the common certificate.</summary>
    public async Task ChangeBoardAsync(CancellationToken cancellationToken)
    {
        await StopBoardAsync();
        await _line.Slot.RemoveAsync();
        var directory = _layout.Board(_line.Slot.Place().Board);
        _board = BoardApp.Build(
        [
            "--config", _layout.ConfigurationFile("board"), "--data", directory, "--Log:Level=Error",
            $"--Listen:Address={_line.Configuration.Cable.Host}",
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={_line.Configuration.Cable.Port}"),
        ]);
        await _board.StartAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        while (!File.Exists(Path.Combine(directory, "nvram", "common-certificate", "certificate.pem")))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"The board of line {_line.Configuration.Line} got no common certificate.");
            await Task.Delay(20, cancellationToken);
        }

        await Task.Delay(200, cancellationToken); // the station looks once more at what it wrote
    }

    /// <summary>Scans and gives the milliseconds to the verdict, which must be Pass.</summary>
    public async Task<double> ScanAsync(string machineNumber, CancellationToken cancellationToken)
    {
        var sequence = await _line.Station.Client.FindLastEventAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        _line.Scanner.Scan(machineNumber);
        while (true)
        {
            foreach (var happened in await _line.Station.Client.GetEventsAsync(sequence, Patience, cancellationToken))
            {
                sequence = Math.Max(sequence, happened.Sequence);
                if (happened.Verdict is null || happened.MachineNumber != machineNumber)
                    continue;
                return happened.Verdict == Verdict.Pass
                    ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
                    : throw new InvalidOperationException($"{machineNumber}: {happened.Message} ({happened.Code})");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopBoardAsync();
        await _station.StopAsync();
        await _station.DisposeAsync();
    }

    private async Task StopBoardAsync()
    {
        if (_board is null)
            return;
        await _board.StopAsync();
        await _board.DisposeAsync();
        _board = null;
    }
}
