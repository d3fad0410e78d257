namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>What a firmware update costs on its way. Each part is measured by itself, in the order of this list.</summary>
internal static class FirmwareBenchmark
{
    private static readonly Dictionary<string, Func<Figures, CancellationToken, Task>> Parts = new(StringComparer.Ordinal)
    {
        ["ftp-client"] = (figures, cancellationToken) => FtpClientRate.RunAsync(1L << 30, 5, figures, cancellationToken),
        ["load"] = (figures, cancellationToken) => LoadRates.RunAsync(1L << 30, 5, figures, cancellationToken),
        ["memory"] = (figures, cancellationToken) => BoardMemory.RunAsync(1L << 30, figures, cancellationToken),
        ["parallel"] = (figures, cancellationToken) => ParallelUpdates.RunAsync(64, figures, cancellationToken),
    };

    /// <summary>The names of the parts.</summary>
    public static IEnumerable<string> Names => Parts.Keys;

    /// <summary>Measures all parts, or those named.</summary>
    public static async Task RunAsync(IReadOnlyCollection<string> only, Figures figures, CancellationToken cancellationToken)
    {
        foreach (var (name, measureAsync) in Parts)
        {
            if (only.Count == 0 || only.Contains(name, StringComparer.Ordinal))
                await measureAsync(figures, cancellationToken);
        }
    }
}
