using System.Diagnostics;
using System.Globalization;
using ProvisioningStation.Benchmarks.Scan;

namespace ProvisioningStation.Benchmarks.LineDay;

/// <summary>
/// A day of sixteen lines as fast as they can: CA, terminal and stations are processes of their own, boards run in this one. Each line takes a blank board, scans at once, waits for the verdict and
/// takes the next; the station writes the common certificate and the unit's own. Afterwards terminal, boards and CA are asked what they know of every unit.
/// </summary>
internal static class LineDayBenchmark
{
    private const int WarmUpUnits = 4;

    public static async Task RunAsync(int units, int lines, int processes, Figures figures, CancellationToken cancellationToken)
    {
        await using var floor = await BenchmarkFloor.OpenAsync(units + (WarmUpUnits * lines), lines, cancellationToken);
        for (var line = 0; line < lines; line++)
            await floor.OpenLineAsync(ownProcess: line < processes, cancellationToken);
        var built = new BuiltUnits();
        await Task.WhenAll(floor.Lines.Select(line => BuildAsync(floor, line, WarmUpUnits, built, cancellationToken)));
        figures.AddUnitFloor(floor.Layout);

        var stations = floor.Lines.Select(line => line.ProcessId).OfType<int>().ToList();
        using var measured = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = StationMemory.WatchAsync(stations, measured.Token);
        var (started, spent) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(floor.Lines.Select(line => BuildAsync(floor, line, int.MaxValue, built, cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        spent = Environment.CpuUsage.TotalTime - spent;
        await measured.CancelAsync();

        var (first, last) = await memory;
        var where = string.Create(CultureInfo.InvariantCulture, $"{stations.Count} stations are processes, {lines - stations.Count} run with the boards");
        figures.Add("units_per_second", units / seconds, "units/s", $"{units:N0} units on {lines} lines in {seconds:F0} s; {where}; {floor.Shelf.Kind}");
        figures.Add("day_verdict_p50_ms", Figures.Percentile(built.Milliseconds, 50), "ms", "from the scan on a blank board; all lines busy all the time");
        figures.Add("day_verdict_p99_ms", Figures.Percentile(built.Milliseconds, 99), "ms", string.Empty);
        figures.Add("scanned_again", built.Again, "scans", "because the unit was held at first; warm-up included");
        figures.Add("boards_cpu_ms", spent.TotalMilliseconds / units, "ms", "this process's processor time for one unit: boards, scanner, watcher");
        figures.Add("station_peak_bytes", stations.Max(BenchmarkFactory.PeakBytes), "bytes", "most memory of the largest station's process");
        figures.Add("station_first_third_bytes", first, "bytes", "median of the stations' memory in the first third");
        figures.Add("station_last_third_bytes", last, "bytes", "in the last third");
        figures.Add("terminal_peak_bytes", BenchmarkFactory.PeakBytes(floor.Floor.Terminal.Process!.Id), "bytes", "most memory of the terminal's process");
        var lost = await LostUnits.FindAsync(floor, built, cancellationToken);
        figures.Add("lost_units", lost.Count, "units", lost.Count == 0 ? "each proved at the terminal, on one board, with one valid certificate at the CA: the same one" : lost[0]);
    }

    private static async Task BuildAsync(BenchmarkFloor floor, BenchmarkLine line, int most, BuiltUnits built, CancellationToken cancellationToken)
    {
        for (var unit = 0; unit < most && floor.TakeNumber() is { } number; unit++)
        {
            var board = await line.ChangeBoardAsync(cancellationToken);
            var (milliseconds, again) = await line.ScanUntilPassAsync(number, cancellationToken);
            built.Add(number, board, milliseconds, again);
        }
    }
}
