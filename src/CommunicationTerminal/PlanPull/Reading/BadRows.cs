using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The rows of a plan that can't be taken: how many, and the first of them with place, column and reason.</summary>
internal sealed class BadRows
{
    /// <summary>So many are kept; a file of other content altogether has only bad rows.</summary>
    public const int MaxKept = 200;

    private readonly List<BadPlanRow> _kept = [];
    private readonly HashSet<(DateOnly, ModelCode)> _days = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them, in the order in which they were found.</summary>
    public IReadOnlyList<BadPlanRow> Kept => _kept;

    /// <summary>Whether one of them is of this day and model: what was meant there is not known, so the earlier plan holds.</summary>
    public bool Concern(DateOnly date, ModelCode model) => _days.Contains((date, model));

    /// <summary>Adds one.</summary>
    public void Add(BadPlanRow row)
    {
        Count++;
        if (_kept.Count < MaxKept)
            _kept.Add(row);
        if (row.Date is { } date && ModelCode.TryParse(row.Model, out var model))
            _days.Add((date, model));
    }

    /// <summary>The refusal of a plan of which nothing is left to take.</summary>
    public ProvisioningException Refuse()
    {
        var further = Count > 1 ? $" {Count - 1} further rows are bad too, and none is good." : string.Empty;
        return PlanReader.Invalid(_kept[0] + further);
    }
}
