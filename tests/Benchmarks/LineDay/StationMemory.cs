namespace ProvisioningStation.Benchmarks.LineDay;

/// <summary>Whether the stations' memory is flat.</summary>
internal static class StationMemory
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks until it is cancelled, then gives the median of all stations' resident bytes in the first and the last third of the time.</summary>
    public static async Task<(double First, double Last)> WatchAsync(IReadOnlyList<int> processes, CancellationToken cancellationToken)
    {
        var looks = new List<double>();
        while (!cancellationToken.IsCancellationRequested)
        {
            looks.Add(Figures.Median(processes.Select(BenchmarkFactory.ResidentBytes)));
            await Task.Delay(Interval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var third = Math.Max(1, looks.Count / 3);
        return (Figures.Median(looks.Take(third)), Figures.Median(looks.TakeLast(third)));
    }
}
