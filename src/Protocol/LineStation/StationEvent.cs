namespace ProvisioningStation.Protocol.LineStation;

/// <summary>How a unit's visit to a line ended.</summary>
public enum Verdict
{
    /// <summary>Written and proved.</summary>
    Pass,

    /// <summary>The board failed.</summary>
    Fail,

    /// <summary>The process forbids it: not in plan, already written, wrong board …; or a part can't be reached.</summary>
    Blocked,
}

/// <summary>What a station is doing, in the order of a unit's life on the line.</summary>
public enum StationStep
{
    /// <summary>A scan came in.</summary>
    Scanned,

    /// <summary>A blank board got the common certificate (P-11).</summary>
    CommonCertificate,

    /// <summary>The board on the cable is asked who it is.</summary>
    Identify,

    /// <summary>The pack is fetched from the terminal.</summary>
    Fetch,

    /// <summary>The pack is sent to the board.</summary>
    Write,

    /// <summary>The board writes and reads back.</summary>
    Verify,

    /// <summary>The result goes to the terminal.</summary>
    Report,

    /// <summary>The board initialises its parameters.</summary>
    Initialize,

    /// <summary>The board has to answer with its new certificate (P-27).</summary>
    Prove,

    /// <summary>The verdict.</summary>
    Done,
}

/// <summary>One thing that happened at a station, as its <c>GET /events</c> tells it.</summary>
/// <param name="Sequence">Ascending, never reused.</param>
/// <param name="Time">UTC.</param>
/// <param name="Line">The line.</param>
/// <param name="MachineNumber">As scanned; null for the common certificate and for unreadable scans.</param>
/// <param name="Step">What the station began, or <see cref="StationStep.Done"/>.</param>
/// <param name="Verdict">With <see cref="StationStep.Done"/> only.</param>
/// <param name="Code">Why the verdict is not Pass.</param>
/// <param name="Message">What happened and what to do, for people.</param>
/// <param name="Attempt">The attempt, from 1; 0 before the terminal named one.</param>
/// <param name="Seconds">Since the scan's last byte.</param>
/// <param name="CertificateFingerprint">With a Pass: of the certificate that was proved.</param>
public sealed record StationEvent(
    long Sequence,
    DateTimeOffset Time,
    string Line,
    string? MachineNumber,
    StationStep Step,
    Verdict? Verdict,
    ErrorCode? Code,
    string? Message,
    int Attempt,
    double Seconds,
    string? CertificateFingerprint);
