using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>What was done within one hour of the day, whichever day it was planned for.</summary>
/// <param name="From">What the wall clock showed when it began.</param>
/// <param name="Written">Units written, by model.</param>
/// <param name="Proved">Units proved.</param>
internal sealed record HourFigures(DateTime From, IReadOnlyDictionary<string, int> Written, int Proved)
{
    /// <summary>Units written.</summary>
    public int AllWritten => Written.Values.Sum();
}

/// <summary>The day so far.</summary>
internal sealed record TodaySoFar(DayFigures Day, IReadOnlyList<HourFigures> Hours)
{
    /// <summary>Packs of a model that were used today (P-23).</summary>
    public int UsedOf(string model) => Hours.Sum(hour => hour.Written.GetValueOrDefault(model));
}

/// <summary>Today in figures. Everybody who asks shares one look at the tables until something is stored or a second has passed.</summary>
internal sealed class TodayNumbers(Database database, StoreChanges changes, ManagedModels managed, FactoryClock clock)
{
    private readonly SharedLook<TodaySoFar> _look = new(changes, clock);

    /// <summary>The day so far.</summary>
    public TodaySoFar Read() => _look.Get(() => database.Read(connection => new TodaySoFar(DayFigures.Read(connection, null, clock.Today, managed), ReadHours(connection))));

    // By the minute, because there are time zones in which hours begin at half past. The model is the number's beginning, so that the index has all that is asked for.
    private List<HourFigures> ReadHours(DbConnection connection)
    {
        var day = new FactoryDay(clock, clock.Today);
        var span = new { first = day.First, next = day.Next };
        var written = connection.Query<(string Model, string Minute, long Count)>(
                """
                SELECT SUBSTRING(machine_number, 1, 4), SUBSTRING(written_at, 1, 16), COUNT(*) FROM unit
                WHERE written_at >= @first AND written_at < @next GROUP BY SUBSTRING(machine_number, 1, 4), SUBSTRING(written_at, 1, 16)
                """,
                span)
            .ToLookup(row => day.HourOf(row.Minute));
        var proved = connection.Query<(string Minute, long Count)>(
                "SELECT SUBSTRING(proved_at, 1, 16), COUNT(*) FROM unit WHERE proved_at >= @first AND proved_at < @next GROUP BY SUBSTRING(proved_at, 1, 16)",
                span)
            .ToLookup(row => day.HourOf(row.Minute));
        return day.Hours.Select((from, hour) => new HourFigures(
            from,
            written[hour].GroupBy(row => row.Model, StringComparer.Ordinal).ToDictionary(model => model.Key, model => (int)model.Sum(row => row.Count), StringComparer.Ordinal),
            (int)proved[hour].Sum(row => row.Count))).ToList();
    }
}
