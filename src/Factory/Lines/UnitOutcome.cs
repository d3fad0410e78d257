using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Lines;

/// <summary>How one unit's visit to a line ended. <paramref name="Written"/>: the board wrote and verified its certificate and the terminal knows.</summary>
public sealed record UnitOutcome(
    string MachineNumber,
    string Line,
    string BoardDirectory,
    Verdict Verdict,
    bool Written,
    string? Code,
    string? Message,
    string? CertificateFingerprint,
    int Attempts,
    double Seconds);
