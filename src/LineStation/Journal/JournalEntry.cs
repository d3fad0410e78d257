using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>What a step adds to the journal; see <see cref="StationEvent"/>.</summary>
internal sealed record JournalEntry(StationStep Step)
{
    public string? MachineNumber { get; init; }

    public Verdict? Verdict { get; init; }

    public ErrorCode? Code { get; init; }

    public string? Message { get; init; }

    public int Attempt { get; init; }

    /// <summary>Time since the scan's last byte.</summary>
    public TimeSpan Since { get; init; }

    public Fingerprint? CertificateFingerprint { get; init; }
}
