using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Gives the units of each day that is due their serials. Serials, units and the requests for them are stored in one transaction per day, before anything is sent.
/// </summary>
internal sealed class BatchAllocation(Database database, BatchSchedule schedule, DayPlan days, ManagedModels managed, FactoryClock clock)
{
    /// <summary>Allocates every day that is due and has a plan. One model that can't be allocated does not keep the others from it.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> after everything else was allocated.</exception>
    public async Task AllocateDueAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var day in await schedule.FindDueDaysAsync(cancellationToken))
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeAllocation);
            problems.AddRange(await database.WriteAsync((connection, transaction) => AllocateDay(connection, transaction, day), cancellationToken));
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterAllocation);
        }

        if (problems.Count > 0)
            throw new ProvisioningException(ErrorCode.InvalidPlan, string.Join(" ", problems));
    }

    private List<string> AllocateDay(DbConnection connection, DbTransaction transaction, DateOnly date)
    {
        var problems = new List<string>();
        if (PlanStore.FindDay(connection, transaction, date) is not { } rows)
            return problems; // no plan yet: the day stays due
        foreach (var row in rows.Where(row => row.Count > 0 && managed.Contains(row.Model)))
        {
            if (days.Bring(connection, transaction, row).Missing is var missing and > 0)
                problems.Add($"Model {row.Model} has no {missing} free serials for {date:yyyy-MM-dd}.");
        }

        if (problems.Count == 0)
            connection.Execute("INSERT INTO batch_day (plan_date, allocated_at) VALUES (@date, @now)", new { date = FactoryClock.Stored(date), now = clock.StoredNow }, transaction);
        return problems;
    }
}
