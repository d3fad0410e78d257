using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// Pulls the plan at the configured day and time of each month, and at once while the current month has none (P-5). A plan that is refused, or a system that does not
/// answer, leaves the earlier plan in place and is tried again with back-off. Where plans come as files, it looks for those.
/// </summary>
internal sealed partial class PlanPullJob(
    PlanPulls pulls,
    PlanStore store,
    PullHistory history,
    Database database,
    PlanPullOptions options,
    FactoryClock clock,
    TimeProvider time,
    HealthState health,
    ILogger<PlanPullJob> logger) : PeriodicJob(JobName, time, health, logger)
{
    /// <summary>The job's name in health.</summary>
    public const string JobName = "plan pull";

    private const string Condition = "plan";

    private readonly TimeProvider _time = time;
    private readonly HealthState _health = health;

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.CheckEvery;

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await history.PruneAsync(_time.GetUtcNow() - options.KeepHistory, cancellationToken);
        try
        {
            await PullDueAsync(cancellationToken);
        }
        finally
        {
            ReportInHealth();
        }
    }

    /// <summary>Pulls what is due now. A month that can't be had does not keep the next from being asked for; the first failure is thrown at the end.</summary>
    internal async Task PullDueAsync(CancellationToken cancellationToken)
    {
        if (pulls.Folder is not null)
        {
            foreach (var pull in await pulls.Folder.TakeAsync(PlanPulls.BySchedule, cancellationToken))
                LogPulled(pull.Month, pull.Outcome, pull.GoodRows, pull.BadRows);
            return;
        }

        ProvisioningException? failure = null;
        foreach (var month in PlanSchedule.FindDue(clock.Local, options, store.FindPulledAt))
        {
            try
            {
                var pull = await pulls.PullAsync(month, PlanPulls.BySchedule, cancellationToken);
                LogPulled(pull.Month, pull.Outcome, pull.GoodRows, pull.BadRows);
            }
            catch (ProvisioningException cause)
            {
                failure ??= cause;
            }
        }

        if (failure is not null)
            throw failure;
    }

    /// <summary>Says in health what a person has to do about the plan.</summary>
    internal void ReportInHealth()
    {
        var said = new List<string>();
        var (waiting, latest) = database.Read(connection => (PullHistory.ReadWaiting(connection), PullHistory.FindLatest(connection)));
        foreach (var pull in waiting)
            said.Add($"A plan of {pull.Month} waits for the manager, with {pull.BadRows} bad rows: confirm or discard it (pull {pull.Id}).");
        if (latest is { Outcome: PlanOutcome.Failed })
            said.Add($"The last plan was refused ({latest.Place}): {latest.Error}");
        if (pulls.Folder is not null && store.FindPulledAt(PlanMonth.Of(clock.Today)) is null)
            said.Add($"No plan of {PlanMonth.Of(clock.Today)} has come into {pulls.Folder.Place} yet.");
        if (said.Count == 0)
            _health.Clear(Condition);
        else
            _health.Report(Condition, string.Join(" ", said));
    }

    [LoggerMessage(200, LogLevel.Information, "The plan of {Month} was pulled: {Outcome}, {Rows} rows, {BadRows} bad")]
    private partial void LogPulled(string month, PlanOutcome outcome, int rows, int badRows);
}
