namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>How far a day's batch is (P-7).</summary>
public enum BatchState
{
    /// <summary>The plan has no units of managed models for today.</summary>
    NothingPlanned,

    /// <summary>Its set time has not come.</summary>
    Scheduled,

    /// <summary>It is being worked on.</summary>
    Running,

    /// <summary>What is left has failed and waits for its next try.</summary>
    Waiting,

    /// <summary>The day could not be allocated; the problem says why.</summary>
    Stopped,

    /// <summary>All packs are here.</summary>
    Done,

    /// <summary>Direct mode (P-24): packs are requested when their units are scanned.</summary>
    Direct,
}

/// <summary>The answer of <c>GET /api/batch</c>, and what the manager's pages show.</summary>
/// <param name="Date">Today, in the factory's time zone.</param>
/// <param name="State">How far it is.</param>
/// <param name="Total">Units of managed models that today's plan has.</param>
/// <param name="Stored">Those whose packs are, or were, here.</param>
/// <param name="Behind">Units of other days whose packs are still to come.</param>
/// <param name="PacksPerSecond">Packs stored a second, lately.</param>
/// <param name="SecondsLeft">How long the rest takes at that rate; null where none came lately.</param>
/// <param name="NextStart">When the next day's batch begins.</param>
/// <param name="ReturnsOwed">Certificates that the CA is still to revoke because their units are not built.</param>
/// <param name="Waiting">Requests that failed, the next to be tried first.</param>
/// <param name="Problem">Why the last run failed, in a sentence; null where it did not.</param>
public sealed record BatchStatus(
    DateOnly Date,
    BatchState State,
    int Total,
    int Stored,
    int Behind,
    double PacksPerSecond,
    double? SecondsLeft,
    DateTimeOffset NextStart,
    int ReturnsOwed,
    IReadOnlyList<BatchWait> Waiting,
    string? Problem)
{
    /// <summary>Packs of past days that no line has had; only where they were asked for.</summary>
    public IReadOnlyList<LeftOverPacks> LeftOvers { get; init; } = [];
}

/// <summary>A request of the batch that failed and waits for its next try.</summary>
/// <param name="First">The machine number that it begins with.</param>
/// <param name="Units">For how many units packs are still to come.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="NextTryAt">When it is sent again.</param>
/// <param name="Code">Why it failed.</param>
/// <param name="Error">The same in the words of whoever refused it.</param>
public sealed record BatchWait(string First, int Units, int Attempts, DateTimeOffset NextTryAt, ErrorCode Code, string Error);

/// <summary>Packs of one model and past day that no line has had.</summary>
/// <param name="Model">The model.</param>
/// <param name="Date">Their day of the plan.</param>
/// <param name="Days">How many days ago that was.</param>
/// <param name="Count">How many they are.</param>
public sealed record LeftOverPacks(string Model, DateOnly Date, int Days, int Count);
