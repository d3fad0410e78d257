using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>One model's day.</summary>
/// <param name="Model">The model.</param>
/// <param name="All">At all lines, and not at a line yet.</param>
/// <param name="PlannedLine">The only line that builds it; null for any.</param>
/// <param name="Lines">At each line that has, or is to have, some of its units.</param>
internal sealed record ModelFigures(string Model, UnitFigures All, string? PlannedLine, IReadOnlyList<(string Line, UnitFigures Figures)> Lines);

/// <summary>A model in the plan whose units get no certificate (P-6).</summary>
internal sealed record UnmanagedModel(string Model, int Planned);

/// <summary>A day of the plan in figures: the one computation behind Today, Models and <c>GET /api/today</c>, so that they agree.</summary>
/// <param name="Date">The day.</param>
/// <param name="HasPlan">Whether its month has a plan.</param>
/// <param name="Models">The managed models that the plan names, or that have units of the day, in order.</param>
/// <param name="Unmanaged">The others that the plan names.</param>
internal sealed record DayFigures(DateOnly Date, bool HasPlan, IReadOnlyList<ModelFigures> Models, IReadOnlyList<UnmanagedModel> Unmanaged)
{
    /// <summary>All managed models together.</summary>
    public UnitFigures All => new(
        Models.Sum(model => model.All.Planned),
        Models.SelectMany(model => model.All.Units).GroupBy(state => state.Key).ToDictionary(state => state.Key, state => state.Sum(one => one.Value)))
    {
        AtScan = Models.Sum(model => model.All.AtScan),
    };

    /// <summary>Reads a day; inside a transaction, as it sees it.</summary>
    public static DayFigures Read(DbConnection connection, DbTransaction? transaction, DateOnly date, ManagedModels managed)
    {
        var month = PlanMonth.Of(date).ToString();
        var hasPlan = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM plan_month WHERE month = @month", new { month }, transaction) > 0;
        var plan = connection.Query<(string Model, long Count, string? Line)>(
                "SELECT model, unit_count, line FROM plan_row WHERE plan_date = @date",
                new { date = FactoryClock.Stored(date) },
                transaction)
            .ToDictionary(row => row.Model, StringComparer.Ordinal);
        var counts = UnitCount.ReadDays(connection, transaction, date, date).ToLookup(count => count.Model, StringComparer.Ordinal);
        var models = plan.Keys.Union(counts.Select(model => model.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToLookup(model => managed.Contains(ModelCode.Parse(model)));
        return new DayFigures(
            date,
            hasPlan,
            models[true].Select(model => Of(model, plan.GetValueOrDefault(model), counts[model], managed.BoardMakesKey(ModelCode.Parse(model)))).ToList(),
            models[false].Where(plan.ContainsKey).Select(model => new UnmanagedModel(model, (int)plan[model].Count)).ToList());
    }

    private static ModelFigures Of(string model, (string Model, long Count, string? Line) plan, IEnumerable<UnitCount> counts, bool boardMakesKey)
    {
        var lines = counts.Where(count => count.Line.Length > 0).GroupBy(count => count.Line, StringComparer.Ordinal).OrderBy(line => line.Key, StringComparer.Ordinal);
        var all = UnitFigures.Sum((int)plan.Count, counts);
        return new ModelFigures(
            model,
            boardMakesKey ? all with { AtScan = all.Of(UnitState.Planned) } : all,
            plan.Line,
            lines.Select(line => (line.Key, UnitFigures.Sum(line.Key == plan.Line ? (int)plan.Count : 0, line))).ToList());
    }
}
