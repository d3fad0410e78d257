using System.Globalization;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>
/// From the scan's last byte on the serial line to the verdict at whoever watches the station. CA and terminal are processes; stations and boards run in this one. Boards are changed between
/// the rounds; in a round every line scans once, at a random moment within two seconds.
/// </summary>
internal static class ScanBenchmark
{
    private const int WarmUpRounds = 6;
    private static readonly int[] LineCounts = [1, 16, 64];
    private static readonly string[] Parts = ["fetch", "handshake", "write", "result", "parameters", "proof"];
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(int units, Figures figures, CancellationToken cancellationToken)
    {
        var most = LineCounts.Max();
        await using var floor = await BenchmarkFloor.OpenAsync(LineCounts.Sum(lines => Rounds(units, lines) * lines) + (WarmUpRounds * most), most, cancellationToken);
        for (var line = 0; line < most; line++)
            await floor.OpenLineAsync(ownProcess: false, cancellationToken);
        await MeasureAsync(floor, most, WarmUpRounds, cancellationToken);
        figures.AddUnitFloor(floor.Layout);
        foreach (var lines in LineCounts)
        {
            var visits = await MeasureAsync(floor, lines, Rounds(units, lines), cancellationToken);
            var verdicts = visits.ConvertAll(visit => visit.Verdict);
            var name = lines.ToString(CultureInfo.InvariantCulture);
            figures.Add("verdict_p50_ms_" + name, Figures.Percentile(verdicts, 50), "ms", $"{name} lines, {verdicts.Count} units, {floor.Shelf.Kind}");
            figures.Add("verdict_p99_ms_" + name, Figures.Percentile(verdicts, 99), "ms", $"slowest {verdicts.Max():F0} ms");
            foreach (var part in Parts)
            {
                var times = visits.ConvertAll(visit => visit.Parts.GetValueOrDefault(part));
                figures.Add($"{part}_p50_ms_{name}", Figures.Percentile(times, 50), "ms", "of it, by the station's own clock");
                figures.Add($"{part}_p99_ms_{name}", Figures.Percentile(times, 99), "ms", string.Empty);
            }
        }
    }

    private static int Rounds(int units, int lines) => (units + lines - 1) / lines;

    private static async Task<List<VisitTimes>> MeasureAsync(BenchmarkFloor floor, int count, int rounds, CancellationToken cancellationToken)
    {
        var visits = new List<VisitTimes>();
        var lines = floor.Lines.Take(count).ToList();
        var spread = count == 1 ? TimeSpan.Zero : RoundLength;
        for (var round = 0; round < rounds; round++)
        {
            await Task.WhenAll(lines.Select(async line =>
            {
                await line.ChangeBoardAsync(cancellationToken);
                await line.WaitForCommonCertificateAsync(cancellationToken);
            }));
            visits.AddRange(await Task.WhenAll(lines.Select(async line =>
            {
                await Task.Delay(spread * Random.Shared.NextDouble(), cancellationToken);
                return await line.ScanAsync(floor.TakeNumber()!, cancellationToken);
            })));
        }

        return visits;
    }
}
