using ProvisioningStation.LineStation.Scanning;
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

    /// <summary>Which of the unit's steps at this line, from 1; 0 where it is none of them.</summary>
    public int StepNumber { get; init; }

    public int StepCount { get; init; }

    public ScanSource? Source { get; init; }
}
