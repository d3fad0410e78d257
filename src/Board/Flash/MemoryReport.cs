using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// Says aloud what a start found damaged in the memories: in the log, and as a condition of <c>GET /health</c> named after the area. A condition holds again when its area has been written;
/// that of an area that was restored stands until the next start, for memory that has lost a bit may lose more.
/// </summary>
internal sealed partial class MemoryReport(HealthState health, ILogger<MemoryReport> logger)
{
    /// <summary>Reports to nobody.</summary>
    public static MemoryReport None() => new(new HealthState(TimeProvider.System), NullLogger<MemoryReport>.Instance);

    /// <summary>What lies in <paramref name="area"/> can't be used.</summary>
    /// <param name="area">Its name in the memory map.</param>
    /// <param name="problem">What was found, a sentence.</param>
    /// <param name="next">What follows from it and what to do, a sentence.</param>
    public void Damaged(string area, string problem, string next)
    {
        health.Report(area, $"{problem} {next}");
        LogDamaged(logger, area, problem, next);
    }

    /// <summary>What was damaged, or missing, in <paramref name="area"/> has been written again from <paramref name="source"/>.</summary>
    public void Restored(string area, string source)
    {
        health.Report(area, $"It was damaged or missing, and was restored from {source} at this start. Change the board if it comes again.");
        LogRestored(logger, area, source);
    }

    /// <summary><paramref name="area"/> was written and read back.</summary>
    public void Written(string area) => health.Clear(area);

    [LoggerMessage(403, LogLevel.Error, "Damaged memory {Area}: {Problem} {Next}")]
    private static partial void LogDamaged(ILogger logger, string area, string problem, string next);

    [LoggerMessage(404, LogLevel.Warning, "Memory {Area} was damaged or missing and was restored from {Source}")]
    private static partial void LogRestored(ILogger logger, string area, string source);
}
