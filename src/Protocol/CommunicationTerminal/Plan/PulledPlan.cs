namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>One pull of the plan, or one import.</summary>
/// <param name="Id">Its number; a decision names it.</param>
/// <param name="Month">The month, <c>yyyy-MM</c>.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Place">The address, the file or the kind of database.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="At">When; of a failure that repeated, the first time.</param>
/// <param name="LastAt">Of a failure that repeated, the last time.</param>
/// <param name="Attempts">How often it failed in the same way in a row; else 1.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="GoodRows">Rows that can be taken.</param>
/// <param name="BadRows">Rows that can't.</param>
/// <param name="Error">What went wrong, in a sentence.</param>
/// <param name="DecidedAt">When a person decided.</param>
/// <param name="DecidedBy">Who.</param>
public sealed record PulledPlan(
    long Id,
    string Month,
    PlanSource Source,
    string Place,
    string Actor,
    DateTimeOffset At,
    DateTimeOffset LastAt,
    int Attempts,
    PlanOutcome Outcome,
    int GoodRows,
    int BadRows,
    string? Error,
    DateTimeOffset? DecidedAt,
    string? DecidedBy);

/// <summary>What a pull found: for an import with <c>dryRun</c>, what it would do.</summary>
/// <param name="Pull">The pull; its id is 0 in a dry run.</param>
/// <param name="Changes">How the plan differs, the first of them; of what is applied at once and of what waits.</param>
/// <param name="ChangeCount">How many differences there are.</param>
/// <param name="BadRows">The first of the bad rows.</param>
/// <param name="Corrections">What a confirmed pull asks of days that are issued, and what the batch has made of it.</param>
public sealed record PullResult(
    PulledPlan Pull, IReadOnlyList<PlanChange> Changes, int ChangeCount, IReadOnlyList<BadPlanRow> BadRows, IReadOnlyList<PlanCorrection> Corrections);

/// <summary>A confirmed change of a model's day that is issued.</summary>
/// <param name="Date">The day.</param>
/// <param name="Model">The model.</param>
/// <param name="BeforeCount">How many units the day was allocated by.</param>
/// <param name="AfterCount">How many it is to have.</param>
/// <param name="AppliedAt">When the batch saw to it; null while it has not.</param>
/// <param name="Result">What the batch did, in a sentence.</param>
public sealed record PlanCorrection(DateOnly Date, string Model, int BeforeCount, int AfterCount, DateTimeOffset? AppliedAt, string? Result);
