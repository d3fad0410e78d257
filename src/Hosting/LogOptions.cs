using Microsoft.Extensions.Logging;

namespace ProvisioningStation.Hosting;

/// <summary>Section <c>Log</c>: how much a program writes to its output. No level ever writes key material.</summary>
public sealed record LogOptions
{
    /// <summary>The least serious events that are written: <c>Debug</c>, <c>Information</c>, <c>Warning</c>, <c>Error</c>.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;
}
