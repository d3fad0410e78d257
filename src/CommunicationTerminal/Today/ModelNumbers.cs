using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>A day in a model's history.</summary>
internal sealed record ModelHistoryDay(DateOnly Date, int Planned, int Proved);

/// <summary>A model's stock and history (P-23).</summary>
/// <param name="Model">The model.</param>
/// <param name="Managed">Whether its units get certificates (P-6).</param>
/// <param name="BoardMakesKey">Whether its boards make their own keys (P-28).</param>
/// <param name="Listed">Whether the configuration names it; one that it does not name any more was discontinued.</param>
/// <param name="StockOfToday">Packs in store for units of today and later.</param>
/// <param name="StockOfPastDays">Packs in store for units of days before.</param>
/// <param name="OldestStock">The earliest day that packs in store are of.</param>
/// <param name="UsedToday">Packs written today.</param>
/// <param name="PlannedThisMonth">Units that the month's plan has.</param>
/// <param name="History">The last 30 days, today included, the earliest first.</param>
internal sealed record ModelOverview(
    string Model,
    bool Managed,
    bool BoardMakesKey,
    bool Listed,
    int StockOfToday,
    int StockOfPastDays,
    DateOnly? OldestStock,
    int UsedToday,
    int PlannedThisMonth,
    IReadOnlyList<ModelHistoryDay> History)
{
    /// <summary>Packs in store.</summary>
    public int Stock => StockOfToday + StockOfPastDays;

    /// <summary>Packs in store that nobody is going to use.</summary>
    public bool IsLeftOver => !Managed && Stock > 0;
}

/// <summary>Every model in figures. Everybody who asks shares one look at the tables until something is stored or a second has passed.</summary>
internal sealed class ModelNumbers(Database database, StoreChanges changes, TodayNumbers today, ManagedModelsOptions options, FactoryClock clock)
{
    /// <summary>Days of the history.</summary>
    public const int Days = 30;

    private readonly SharedLook<IReadOnlyList<ModelOverview>> _look = new(changes, clock);

    /// <summary>The models that are configured, planned, in the history or in store, in order.</summary>
    public IReadOnlyList<ModelOverview> Read() => _look.Get(() => database.Read(Read));

    private List<ModelOverview> Read(DbConnection connection)
    {
        var (date, soFar) = (clock.Today, today.Read());
        var first = date.AddDays(1 - Days);
        var month = new DateOnly(date.Year, date.Month, 1);
        var stock = UnitCount.ReadState(connection, UnitState.Stored).ToLookup(count => count.Model, StringComparer.Ordinal);
        var proved = UnitCount.ReadDays(connection, null, first, date).Where(count => count.State == UnitState.Proved).ToLookup(count => count.Model, StringComparer.Ordinal);
        var planned = ReadPlan(connection, first, date).ToLookup(row => row.Model, StringComparer.Ordinal);
        var monthly = ReadPlan(connection, month, month.AddMonths(1).AddDays(-1)).ToLookup(row => row.Model, StringComparer.Ordinal);
        var listed = options.Models.ToDictionary(entry => entry.Model, StringComparer.Ordinal);
        return listed.Keys.Union(new[] { stock, proved }.SelectMany(counts => counts.Select(model => model.Key)), StringComparer.Ordinal)
            .Union(new[] { planned, monthly }.SelectMany(rows => rows.Select(model => model.Key)), StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(model => new ModelOverview(
                model,
                listed.GetValueOrDefault(model)?.Managed == true,
                listed.GetValueOrDefault(model)?.BoardMakesKey == true,
                listed.ContainsKey(model),
                stock[model].Where(count => count.Date >= date).Sum(count => count.Units),
                stock[model].Where(count => count.Date < date).Sum(count => count.Units),
                stock[model].Select(count => (DateOnly?)count.Date).Min(),
                soFar.UsedOf(model),
                monthly[model].Sum(row => row.Count),
                Enumerable.Range(0, Days).Select(first.AddDays).Select(day => new ModelHistoryDay(
                    day,
                    planned[model].Where(row => row.Date == day).Sum(row => row.Count),
                    proved[model].Where(count => count.Date == day).Sum(count => count.Units))).ToList()))
            .ToList();
    }

    private static IEnumerable<(DateOnly Date, string Model, int Count)> ReadPlan(DbConnection connection, DateOnly first, DateOnly last) =>
        connection.Query<(string Date, string Model, long Count)>(
                "SELECT plan_date, model, unit_count FROM plan_row WHERE plan_date BETWEEN @first AND @last",
                new { first = FactoryClock.Stored(first), last = FactoryClock.Stored(last) })
            .Select(row => (FactoryClock.ParseDate(row.Date), row.Model, (int)row.Count));
}
