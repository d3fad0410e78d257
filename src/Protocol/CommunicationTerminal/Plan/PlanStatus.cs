namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>One row of the plan.</summary>
/// <param name="Date">The day.</param>
/// <param name="Model">The model.</param>
/// <param name="Managed">Whether its units get certificates (P-6).</param>
/// <param name="Units">How many, and where.</param>
public sealed record PlannedDay(DateOnly Date, string Model, bool Managed, PlannedUnits Units);

/// <summary>The plan of a month, as <c>GET /api/plan</c> tells it.</summary>
/// <param name="Month">The month, <c>yyyy-MM</c>.</param>
/// <param name="PulledAt">When the source was last asked and answered with it; null where there is no plan.</param>
/// <param name="Days">Its rows.</param>
/// <param name="Waiting">The pull of this month that waits for a decision.</param>
/// <param name="Source">Where plans come from.</param>
/// <param name="NextPull">When the next monthly pull is, in the factory's time.</param>
/// <param name="NextMonth">The month that it asks for.</param>
/// <param name="Error">Why the last pull failed; null where it did not.</param>
public sealed record PlanStatus(
    string Month,
    DateTimeOffset? PulledAt,
    IReadOnlyList<PlannedDay> Days,
    long? Waiting,
    PlanSource Source,
    DateTime NextPull,
    string NextMonth,
    string? Error);

/// <summary>What <c>POST /api/plan/pull</c> takes.</summary>
/// <param name="Month">The month, <c>yyyy-MM</c>; left out: the factory's current one.</param>
public sealed record PlanPullOrder(string? Month = null);
