using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>How many units stand where, of a model's day or of its part at one line. <see cref="Expected"/> = <see cref="Proved"/> + <see cref="Scrapped"/> + <see cref="Remaining"/>, always.</summary>
/// <param name="Planned">Units that the plan has; 0 where it says nothing of them.</param>
/// <param name="Units">Units by state.</param>
public sealed record UnitFigures(int Planned, IReadOnlyDictionary<UnitState, int> Units)
{
    /// <summary>Units without a pack that need none beforehand, because their boards make their own keys (P-28).</summary>
    public int AtScan { get; init; }

    /// <summary>Packs in store whose units are not written (P-23).</summary>
    public int InStore => Of(UnitState.Stored);

    /// <summary>Units with the written flag set, proved ones too.</summary>
    public int Written => Of(UnitState.Written) + Proved;

    /// <summary>Units that are done.</summary>
    public int Proved => Of(UnitState.Proved);

    /// <summary>Units for which a person has to decide.</summary>
    public int Blocked => Of(UnitState.Blocked);

    /// <summary>Units that a person gave up.</summary>
    public int Scrapped => Of(UnitState.Scrapped);

    /// <summary>Units that still belong to the day and have, or had, a certificate. Those that were withdrawn or purged do not count: they are not to be built, and their certificates go back.</summary>
    public int Issued => Numbered - Of(UnitState.Planned);

    /// <summary>
    /// Units that the day is to bring: the plan's without those of an ended model, or the units that have a number, where these are more because a line had some of them before the plan was cut.
    /// </summary>
    public int Expected => Math.Max(Planned - Of(UnitState.Purged), Numbered);

    /// <summary>Units that are neither proved nor given up.</summary>
    public int Remaining => Expected - Proved - Scrapped;

    /// <summary>Of these, units that have no pack yet and wait for none of a re-issue: what the store is short of.</summary>
    public int WithoutPack => Remaining - InStore - Of(UnitState.ReissuePending) - Of(UnitState.Written) - Blocked - AtScan;

    private int Numbered => Units.Where(state => state.Key is not (UnitState.Withdrawn or UnitState.Purged)).Sum(state => state.Value);

    /// <summary>Units in one state.</summary>
    public int Of(UnitState state) => Units.GetValueOrDefault(state);

    /// <summary>The figures of several together.</summary>
    internal static UnitFigures Sum(int planned, IEnumerable<UnitCount> counts) =>
        new(planned, counts.GroupBy(count => count.State).ToDictionary(state => state.Key, state => state.Sum(count => count.Units)));
}
