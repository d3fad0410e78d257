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

    /// <summary>The board is updated to the newest firmware for its model (U-1).</summary>
    UpdateFirmware,

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

    /// <summary>A Fail or Blocked verdict was acknowledged: it need not be shown any more.</summary>
    Acknowledged,

    /// <summary>A worker signed in with a badge.</summary>
    SignedIn,

    /// <summary>The worker signed out, or was signed out after a long time without a scan.</summary>
    SignedOut,

    /// <summary>A proved unit's check sheet was printed, or why it was not (P-33); beside the next unit's steps.</summary>
    PrintCheckSheet,

    /// <summary>A report that an earlier visit left is delivered to the terminal, or refused by it for good.</summary>
    Delivered,
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
/// <param name="StepNumber">Which of the unit's steps it is, from 1; 0 where it is none of them.</param>
/// <param name="StepCount">How many steps a unit has at this line.</param>
/// <param name="Worker">Who was signed in (P-31); null where nobody was.</param>
/// <param name="Source">Where the scan was made that this belongs to, such as <c>Serial</c>, <c>Wedge</c>, <c>Typed</c>; null where no scan was.</param>
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
    string? CertificateFingerprint,
    int StepNumber = 0,
    int StepCount = 0,
    string? Worker = null,
    string? Source = null);
