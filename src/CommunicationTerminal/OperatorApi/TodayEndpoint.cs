using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.OperatorApi;

/// <summary><c>GET /api/today</c>: the day per managed model. Each figure includes those behind it: a proved unit is also issued and written.</summary>
internal sealed class TodayEndpoint(Database database, ManagedModels managed, DailyBatchOptions batch, FactoryClock clock, HealthState health)
{
    /// <summary>The day so far.</summary>
    public DaySummary Get()
    {
        var today = clock.Today;
        var date = FactoryClock.Stored(today);
        var (plan, units) = database.Read(connection => (
            connection.Query<(string Model, long Count)>("SELECT model, unit_count FROM plan_row WHERE plan_date = @date", new { date }).ToList(),
            connection.Query<(string Model, string State, long Count)>(
                "SELECT model, state, COUNT(*) FROM unit WHERE plan_date = @date GROUP BY model, state",
                new { date }).ToLookup(row => row.Model, StringComparer.Ordinal)));
        var models = plan.Where(row => managed.Contains(ModelCode.Parse(row.Model))).OrderBy(row => row.Model, StringComparer.Ordinal).Select(row =>
        {
            var count = units[row.Model].ToDictionary(unit => Enum.Parse<UnitState>(unit.State), unit => (int)unit.Count);
            var proved = count.GetValueOrDefault(UnitState.Proved);
            var written = proved + count.GetValueOrDefault(UnitState.Written);
            var issued = count.Where(state => state.Key is not (UnitState.Planned or UnitState.Withdrawn)).Sum(state => state.Value);
            return new ModelDay(row.Model, (int)row.Count, issued, written, proved, count.GetValueOrDefault(UnitState.Blocked));
        });
        return new DaySummary(today, batch.Direct, models.ToList(), ErrorOf(PlanPullJob.JobName), ErrorOf(DailyBatchJob.JobName));
    }

    private string? ErrorOf(string job) => health.Jobs.TryGetValue(job, out var known) ? known.Error : null;
}
