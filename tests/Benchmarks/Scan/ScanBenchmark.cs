using ProvisioningStation.Factory;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>
/// From the scan's last byte on the serial line to the verdict at whoever watches the station. CA and terminal are processes; stations and boards run in this one, so that a new board
/// is a warm one: the start of a process is not what is measured. Boards are changed between the rounds; in a round every line scans once, at a random moment within two seconds.
/// </summary>
internal static class ScanBenchmark
{
    private const int ManyLines = 16;
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(int units, Figures figures, CancellationToken cancellationToken)
    {
        using var factory = await BenchmarkFactory.CreateAsync(unitsPerDay: (2 * units) + (ManyLines * 20), ManyLines, cancellationToken);
        await using var floor = FactoryFloor.Open(factory.Layout);
        floor.CertificateAuthority.Start();
        await floor.ApproveQuotasAsync(factory.Layout, cancellationToken);
        foreach (var program in new[] { floor.ProductionManagement, floor.Terminal })
        {
            program.Start();
            await program.WaitUntilHealthyAsync(cancellationToken);
        }

        var numbers = await UnitQueue.ReadAsync(floor, (2 * units) + (ManyLines * 10), cancellationToken);
        var lines = new List<BenchmarkLine>();
        try
        {
            foreach (var line in floor.Lines)
                lines.Add(await BenchmarkLine.OpenAsync(factory.Layout, line, cancellationToken));
            await MeasureAsync(lines, rounds: 4, numbers, cancellationToken); // warms everything up
            var one = await MeasureAsync(lines.Take(1).ToList(), units, numbers, cancellationToken);
            var many = await MeasureAsync(lines, (units + ManyLines - 1) / ManyLines, numbers, cancellationToken);
            figures.Add("verdict_p50_ms_1", Figures.Percentile(one, 50), "ms", $"1 line, {one.Count} units");
            figures.Add("verdict_p99_ms_1", Figures.Percentile(one, 99), "ms", $"1 line; slowest {one.Max():F0} ms");
            figures.Add("verdict_p50_ms_16", Figures.Percentile(many, 50), "ms", $"{ManyLines} lines, {many.Count} units");
            figures.Add("verdict_p99_ms_16", Figures.Percentile(many, 99), "ms", $"{ManyLines} lines; slowest {many.Max():F0} ms");
        }
        finally
        {
            foreach (var line in lines)
                await line.DisposeAsync();
        }
    }

    private static async Task<List<double>> MeasureAsync(List<BenchmarkLine> lines, int rounds, Queue<string> numbers, CancellationToken cancellationToken)
    {
        var milliseconds = new List<double>();
        var pause = lines.Count == 1 ? TimeSpan.Zero : RoundLength;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var line in lines)
                await line.ChangeBoardAsync(cancellationToken);
            milliseconds.AddRange(await Task.WhenAll(lines.Select(async line =>
            {
                string number;
                lock (numbers)
                    number = numbers.Dequeue();
                await Task.Delay(pause * Random.Shared.NextDouble(), cancellationToken);
                return await line.ScanAsync(number, cancellationToken);
            })));
        }

        return milliseconds;
    }
}
