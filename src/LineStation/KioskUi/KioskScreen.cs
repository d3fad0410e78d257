using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>What the kiosk shows.</summary>
internal enum KioskState
{
    /// <summary>Waits for a scan.</summary>
    Idle,

    /// <summary>A number was scanned; nothing is being written yet.</summary>
    Scanned,

    /// <summary>The board must not be disconnected.</summary>
    Writing,

    /// <summary>Written and proved.</summary>
    Pass,

    /// <summary>The board failed; holds until it is acknowledged.</summary>
    Fail,

    /// <summary>The process forbids it; holds until it is acknowledged.</summary>
    Blocked,
}

/// <summary>The kiosk's state as the journal's events make it; pure, so that the same events always show the same.</summary>
/// <param name="State">Which screen.</param>
/// <param name="Shown">The event that it is about.</param>
/// <param name="Interrupted">A unit that a run before this one began and did not end; it has to be scanned again.</param>
/// <param name="Results">The last verdicts, the newest first.</param>
internal sealed record KioskScreen(KioskState State, StationEvent? Shown, string? Interrupted, IReadOnlyList<StationEvent> Results)
{
    /// <summary>How many results are kept.</summary>
    public const int MostResults = 20;

    private static readonly StationStep[] WritingSteps = [StationStep.Write, StationStep.Verify, StationStep.Report, StationStep.Initialize, StationStep.Prove];

    /// <summary>Nothing has happened yet.</summary>
    public static KioskScreen Empty { get; } = new(KioskState.Idle, null, null, []);

    /// <summary>Whether it holds until a person acknowledges it.</summary>
    public bool IsHeld => State is KioskState.Fail or KioskState.Blocked;

    /// <summary>What is shown behind <paramref name="happened"/>.</summary>
    public KioskScreen After(StationEvent happened) => happened switch
    {
        { Step: StationStep.Done, Verdict: { } verdict } => AfterVerdict(happened, verdict) with { Results = [happened, .. Results.Take(MostResults - 1)] },
        { Step: StationStep.Acknowledged } => IsHeld ? this with { State = KioskState.Idle, Shown = null } : this,
        { Step: StationStep.Scanned, MachineNumber: not null } => this with { State = KioskState.Scanned, Shown = happened, Interrupted = null },
        { Step: StationStep.CommonCertificate, MachineNumber: null } when IsHeld => this,
        { Step: StationStep.CommonCertificate, MachineNumber: null } => happened is { CertificateFingerprint: null, Code: null }
            ? this with { State = KioskState.Writing, Shown = happened }
            : this with { State = KioskState.Idle, Shown = null },
        { Step: StationStep.CommonCertificate } => this with { State = KioskState.Writing, Shown = happened },
        { Step: StationStep.UpdateFirmware, StepNumber: > 0 } => this with { State = KioskState.Writing, Shown = happened },
        { Step: StationStep.Fetch } when Shown is { Step: StationStep.UpdateFirmware } => this with { State = KioskState.Scanned, Shown = happened },
        _ when WritingSteps.Contains(happened.Step) => this with { State = KioskState.Writing, Shown = happened },
        _ => this,
    };

    /// <summary>What is shown at the start behind what a run before this one left: a held verdict stays, and nothing else is claimed before a board was asked.</summary>
    public KioskScreen AfterRestart() => IsHeld
        ? this
        : this with { State = KioskState.Idle, Shown = null, Interrupted = State is KioskState.Scanned or KioskState.Writing ? Shown?.MachineNumber : null };

    // A bad scan says nothing about a unit: it leaves the verdict standing that nobody has seen.
    private KioskScreen AfterVerdict(StationEvent happened, Verdict verdict) => IsHeld && happened.Code is (ErrorCode.UnreadableScan or ErrorCode.InvalidMachineNumber)
        ? this
        : this with
        {
            State = verdict switch { Verdict.Pass => KioskState.Pass, Verdict.Fail => KioskState.Fail, _ => KioskState.Blocked },
            Shown = happened,
            Interrupted = null,
        };
}
