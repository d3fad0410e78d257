namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>What the communication terminal must keep up with. Each part is measured by itself, in the order of this list.</summary>
internal static class TerminalBenchmark
{
    private static readonly Dictionary<string, Func<Figures, CancellationToken, Task>> Parts = new(StringComparer.Ordinal)
    {
        ["intake"] = (figures, cancellationToken) => IntakeRate.RunAsync(10_000, 5, figures, cancellationToken),
        ["request"] = (figures, cancellationToken) => HandOverRate.RunAsync(1_000_000, figures, cancellationToken),
        ["search"] = UnitSearchRate.RunAsync,
        ["today"] = WatchedToday.RunAsync,
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
