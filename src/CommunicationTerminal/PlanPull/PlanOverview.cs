using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The plan of a month as people see it: its rows, where it stands, and when the next is asked for.</summary>
internal sealed class PlanOverview(Database database, PlanPullOptions options, ManagedModels managed, FactoryClock clock, HealthState health)
{
    /// <summary>The month's plan.</summary>
    public PlanStatus Show(PlanMonth month)
    {
        var (next, nextMonth) = PlanSchedule.FindNext(clock.Local, options);
        return database.Read(connection => new PlanStatus(
            month.ToString(),
            PlanStore.FindPulledAt(connection, null, month) is { } stored ? FactoryClock.Parse(stored) : null,
            PlanStore.ReadMonth(connection, null, month)
                .Select(row => new PlannedDay(row.Date, row.Model.ToString(), managed.Contains(row.Model), new PlannedUnits(row.Count, row.FirstSerial, row.Line)))
                .ToList(),
            PullHistory.ReadWaiting(connection).FirstOrDefault(pull => pull.Month == month.ToString())?.Id,
            options.Source,
            next,
            nextMonth.ToString(),
            (health.Jobs.TryGetValue(PlanPullJob.JobName, out var known) ? known.Error : null)
                ?? (PullHistory.FindLatest(connection) is { Outcome: PlanOutcome.Failed } latest ? latest.Error : null)));
    }
}
