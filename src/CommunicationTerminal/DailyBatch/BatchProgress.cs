using Dapper;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// How far today's batch is, for pages, live numbers and the command line. It counts today's units in an index and the open requests; it never reads a whole table, so it may be asked
/// every second.
/// </summary>
internal sealed class BatchProgress(
    Database database,
    ManagedModels managed,
    DailyBatchOptions options,
    BatchSchedule schedule,
    BatchWaits waits,
    BatchRate rate,
    LeftOvers leftOvers,
    DailyBatchJob job,
    HealthState health,
    FactoryClock clock)
{
    /// <summary>Now.</summary>
    public BatchStatus Read()
    {
        var today = FactoryClock.Stored(clock.Today);
        var (units, planned, boardMade, isAllocated, open, returns) = database.Read(connection => (
            connection.Query<(string State, long Count)>(
                    "SELECT state, COUNT(*) FROM unit WHERE plan_date = @today AND state NOT IN ('Withdrawn', 'Purged') GROUP BY state",
                    new { today })
                .ToDictionary(row => row.State, row => (int)row.Count, StringComparer.Ordinal),
            connection.Query<(string Model, long Count)>("SELECT model, unit_count FROM plan_row WHERE plan_date = @today", new { today })
                .Where(row => managed.Contains(ModelCode.Parse(row.Model)))
                .Sum(row => (int)row.Count),
            UnitCount.ReadDays(connection, null, clock.Today, clock.Today).Where(count => count.State == UnitState.Planned && managed.BoardMakesKey(ModelCode.Parse(count.Model))).Sum(count => count.Units),
            connection.ExecuteScalar<long>("SELECT COUNT(*) FROM batch_day WHERE plan_date = @today", new { today }) > 0,
            connection.Query<(string Date, long Missing, string? NextTryAt)>("SELECT plan_date, unit_count - stored_count, next_try_at FROM chunk WHERE state = 'Open'").ToList(),
            (int)connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate_return")));
        var total = isAllocated ? units.Values.Sum() : Math.Max(planned, units.Values.Sum());
        var stored = units.Where(row => row.Key != nameof(UnitState.Planned)).Sum(row => row.Value);
        if (!options.Direct)
            stored += boardMade; // they wait for no pack
        var behind = (int)open.Where(chunk => chunk.Date != today).Sum(chunk => chunk.Missing);
        var waiting = waits.Read();
        var problem = health.Jobs.TryGetValue(DailyBatchJob.JobName, out var known) ? known.Error : null;
        var perSecond = rate.PerSecond;
        return new BatchStatus(
            clock.Today,
            StateOf(),
            total,
            stored,
            behind,
            Math.Round(perSecond, 1),
            perSecond > 0 && open.Count > 0 ? Math.Round(open.Sum(chunk => chunk.Missing) / perSecond, 1) : null,
            schedule.FindNextStart(),
            returns,
            [.. waiting.Select(chunk => new BatchWait(chunk.FirstNumber.ToString(), chunk.Units, chunk.Attempts, chunk.NextTryAt, chunk.Code, chunk.Error))],
            problem);

        BatchState StateOf()
        {
            if (open.Count > 0)
                return waiting.Count == open.Count && !job.IsRunning ? BatchState.Waiting : BatchState.Running;
            if (total == 0)
                return BatchState.NothingPlanned;
            if (!isAllocated)
                return problem is not null ? BatchState.Stopped : schedule.FindNextStart() <= clock.UtcOf(clock.Today.ToDateTime(TimeOnly.MaxValue)) ? BatchState.Scheduled : BatchState.Running;
            return options.Direct ? BatchState.Direct : BatchState.Done;
        }
    }

    /// <summary>The same with the packs that are left over, which takes as long as there are packs in stock.</summary>
    public BatchStatus ReadWithLeftOvers() => Read() with
    {
        LeftOvers = [.. leftOvers.ReadStock().Select(stock => new LeftOverPacks(stock.Model.ToString(), stock.Date, clock.Today.DayNumber - stock.Date.DayNumber, stock.Count))],
    };
}
