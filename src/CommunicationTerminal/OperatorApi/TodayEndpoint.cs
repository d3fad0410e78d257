using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.OperatorApi;

/// <summary><c>GET /api/today</c>: the day per managed model, the same figures as on the page Today. Each includes those behind it: a proved unit is also issued and written.</summary>
internal sealed class TodayEndpoint(TodayNumbers numbers, DailyBatchOptions batch, HealthState health)
{
    /// <summary>The day so far.</summary>
    public DaySummary Get()
    {
        var day = numbers.Read().Day;
        var models = day.Models.Select(model => new ModelDay(model.Model, model.All.Planned, model.All.Issued + model.All.AtScan, model.All.Written, model.All.Proved, model.All.Blocked));
        return new DaySummary(day.Date, batch.Direct, models.ToList(), ErrorOf(PlanPullJob.JobName), ErrorOf(DailyBatchJob.JobName));
    }

    private string? ErrorOf(string job) => health.Jobs.TryGetValue(job, out var known) ? known.Error : null;
}
