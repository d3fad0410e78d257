using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using ProvisioningStation.Board;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>
/// One line: the real station, in this process or as one of its own, on a real pseudo-terminal, and a real board on its cable. Boards run in this process, so that a new one is a warm one: the
/// start of a board's process is not what is measured.
/// </summary>
internal sealed class BenchmarkLine : IAsyncDisposable
{
    private const int MostScansAgain = 3;
    private static readonly TimeSpan SameScan = TimeSpan.FromSeconds(1.1); // the same code within a second is the same scan
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FactoryLayout _layout;
    private readonly FloorLine _line;
    private readonly BoardShelf _shelf;
    private readonly WebApplication? _station;
    private WebApplication? _board;
    private long _sequence;

    private BenchmarkLine(FactoryLayout layout, FloorLine line, BoardShelf shelf, WebApplication? station)
    {
        _layout = layout;
        _line = line;
        _shelf = shelf;
        _station = station;
    }

    /// <summary>The station's process, where it has one of its own.</summary>
    public int? ProcessId => _line.Station.Process?.Id;

    public static async Task<BenchmarkLine> OpenAsync(FactoryLayout layout, FloorLine line, BoardShelf shelf, bool ownProcess, CancellationToken cancellationToken)
    {
        WebApplication? station = null;
        if (ownProcess)
        {
            line.Station.Start();
            await line.Station.WaitUntilHealthyAsync(cancellationToken);
        }
        else
        {
            station = LineStationApp.Build(["--config", line.Configuration.File, "--data", layout.Line(line.Configuration.Line), "--Log:Level=Error"]);
            await station.StartAsync(cancellationToken);
        }

        return new BenchmarkLine(layout, line, shelf, station);
    }

    /// <summary>Puts a new board, blank as from assembly, on the cable.</summary>
    /// <returns>The directory of its memories.</returns>
    public async Task<string> ChangeBoardAsync(CancellationToken cancellationToken)
    {
        await StopBoardAsync();
        var directory = _shelf.TakeNew();
        _board = BoardApp.Build(
        [
            "--config", _layout.ConfigurationFile("board"), "--data", directory, "--Log:Level=Error",
            $"--Listen:Address={_line.Configuration.Cable.Host}",
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={_line.Configuration.Cable.Port}"),
        ]);
        await _board.StartAsync(cancellationToken);
        return directory;
    }

    /// <summary>Waits until the station has given the new board the common certificate without being asked, and has seen that it presents it.</summary>
    public Task WaitForCommonCertificateAsync(CancellationToken cancellationToken) => WatchAsync(
        happened => happened is { Step: StationStep.CommonCertificate, MachineNumber: null, CertificateFingerprint: not null },
        cancellationToken);

    /// <summary>Scans, and waits for the verdict, which must be Pass.</summary>
    public async Task<VisitTimes> ScanAsync(string machineNumber, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        _line.Scanner.Scan(machineNumber);
        var events = await WatchAsync(happened => happened.Verdict is not null && happened.MachineNumber == machineNumber, cancellationToken);
        var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return events[^1] is { Verdict: Verdict.Pass }
            ? VisitTimes.Of(milliseconds, [.. events.Where(happened => happened.MachineNumber == machineNumber)])
            : throw new InvalidOperationException($"{machineNumber}: {events[^1].Message} ({events[^1].Code})");
    }

    /// <summary>Scans, and scans again where the unit is held, as a worker does: sixteen programs that start at once on a small machine are slower than the station's patience with a board.</summary>
    /// <returns>From the first scan to the Pass, and how often it was scanned again.</returns>
    public async Task<(double Milliseconds, int Again)> ScanUntilPassAsync(string machineNumber, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var again = 0; ; again++)
        {
            _line.Scanner.Scan(machineNumber);
            var last = (await WatchAsync(happened => happened.Verdict is not null && happened.MachineNumber == machineNumber, cancellationToken))[^1];
            if (last.Verdict == Verdict.Pass)
                return (Stopwatch.GetElapsedTime(started).TotalMilliseconds, again);
            if (last.Verdict != Verdict.Blocked || again == MostScansAgain)
                throw new InvalidOperationException($"{machineNumber}: {last.Message} ({last.Code})");
            await Task.Delay(SameScan, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopBoardAsync();
        if (_station is null)
            return; // the floor ends its processes
        await _station.StopAsync();
        await _station.DisposeAsync();
    }

    /// <summary>The events up to the first that <paramref name="isLast"/>.</summary>
    private async Task<List<StationEvent>> WatchAsync(Func<StationEvent, bool> isLast, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var seen = new List<StationEvent>();
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            foreach (var happened in await _line.Station.Client.GetEventsAsync(_sequence, Patience, cancellationToken))
            {
                _sequence = happened.Sequence;
                seen.Add(happened);
                if (isLast(happened))
                    return seen;
            }
        }

        throw new TimeoutException($"Line {_line.Configuration.Line} did not get on. Its last word: {seen.LastOrDefault()?.Message ?? "none"}");
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
