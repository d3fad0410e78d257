using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>How long one unit took, in milliseconds: until whoever watches the station had the verdict, and by the station's own clock from each step to the next.</summary>
internal sealed record VisitTimes(double Verdict, IReadOnlyDictionary<string, double> Parts)
{
    /// <summary>What begins with each step, in the words of the figures.</summary>
    private static readonly Dictionary<StationStep, string> PartOf = new()
    {
        [StationStep.Scanned] = "scan",
        [StationStep.Identify] = "handshake",
        [StationStep.CommonCertificate] = "common",
        [StationStep.Fetch] = "fetch",
        [StationStep.Write] = "write",
        [StationStep.Verify] = "result",
        [StationStep.Report] = "result",
        [StationStep.Initialize] = "parameters",
        [StationStep.Prove] = "proof",
    };

    /// <summary>Reads them from the station's <paramref name="events"/> of one visit, the verdict last.</summary>
    public static VisitTimes Of(double verdict, IReadOnlyList<StationEvent> events)
    {
        var parts = new Dictionary<string, double>(StringComparer.Ordinal) { ["scan"] = 1000 * events[0].Seconds };
        foreach (var (begun, next) in events.Zip(events.Skip(1)))
        {
            var part = PartOf.GetValueOrDefault(begun.Step) ?? begun.Step.ToString().ToLowerInvariant();
            parts[part] = parts.GetValueOrDefault(part) + (1000 * (next.Seconds - begun.Seconds));
        }

        return new VisitTimes(verdict, parts);
    }
}
