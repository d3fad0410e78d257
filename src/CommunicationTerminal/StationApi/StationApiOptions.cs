using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>How the terminal deals with stations.</summary>
internal sealed record StationApiOptions
{
    /// <summary>After so many failed writes a unit is blocked.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; init; } = 3;
}
