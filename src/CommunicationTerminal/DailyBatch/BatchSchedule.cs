using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Which days are to be allocated: each from its own set time on, in the factory's time zone, or as soon as somebody asks. Days that were missed are caught up, back to the terminal's
/// first start. A day that is done stays done, wherever the clock is put.
/// </summary>
internal sealed class BatchSchedule(Database database, DailyBatchOptions options, FactoryClock clock)
{
    private const string FirstStart = "first-start";
    private const string AskedFor = "batch-asked-for";

    /// <summary>Days with a plan that are due and not done, the oldest first.</summary>
    public async Task<IReadOnlyList<DateOnly>> FindDueDaysAsync(CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var last = StartOf(today) <= clock.UtcNow || ReadFact(AskedFor) == FactoryClock.Stored(today) ? today : today.AddDays(-1);
        var first = await GetFirstStartAsync(today, cancellationToken);
        var (done, months) = database.Read(connection => (
            connection.Query<string>("SELECT plan_date FROM batch_day WHERE plan_date >= @first", new { first = FactoryClock.Stored(first) }).ToHashSet(StringComparer.Ordinal),
            connection.Query<string>("SELECT month FROM plan_month").ToHashSet(StringComparer.Ordinal)));
        return Enumerable.Range(0, Math.Max(0, last.DayNumber - first.DayNumber + 1))
            .Select(first.AddDays)
            .Where(day => months.Contains(PlanMonth.Of(day).ToString()) && !done.Contains(FactoryClock.Stored(day)))
            .ToList();
    }

    /// <summary>When the next day begins whose time has not come.</summary>
    public DateTimeOffset FindNextStart()
    {
        var today = StartOf(clock.Today);
        return today > clock.UtcNow ? today : StartOf(clock.Today.AddDays(1));
    }

    /// <summary>Notes that today is to be allocated whatever the time, in the transaction of the person's decision.</summary>
    public static void AskFor(DbConnection connection, DbTransaction transaction, DateOnly today) =>
        SetFact(connection, transaction, AskedFor, FactoryClock.Stored(today));

    private DateTimeOffset StartOf(DateOnly day) => clock.UtcOf(day.ToDateTime(TimeOnly.FromTimeSpan(options.TimeOfDay)));

    /// <summary>A clock that was ahead at the first start must not keep every day until then from being allocated.</summary>
    private async Task<DateOnly> GetFirstStartAsync(DateOnly today, CancellationToken cancellationToken)
    {
        if (ReadFact(FirstStart) is { } stored && FactoryClock.ParseDate(stored) is var first && first <= today)
            return first;
        await database.WriteAsync((connection, transaction) => SetFact(connection, transaction, FirstStart, FactoryClock.Stored(today)), cancellationToken);
        return today;
    }

    private string? ReadFact(string name) => database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT value FROM terminal_fact WHERE name = @name", new { name }));

    private static void SetFact(DbConnection connection, DbTransaction transaction, string name, string value)
    {
        if (connection.Execute("UPDATE terminal_fact SET value = @value WHERE name = @name", new { name, value }, transaction) == 0)
            connection.Execute("INSERT INTO terminal_fact (name, value) VALUES (@name, @value)", new { name, value }, transaction);
    }
}
