using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// Pulls the plan at the configured day and time of each month, and at once while the current month has none (P-5). A plan that is refused, or a system that does not
/// answer, leaves the earlier plan in place and is tried again with back-off.
/// </summary>
internal sealed partial class PlanPullJob(
    PlanClient client,
    PlanStore store,
    PlanPullOptions options,
    FactoryClock clock,
    DailyBatchJob batch,
    TimeProvider time,
    HealthState health,
    ILogger<PlanPullJob> logger) : PeriodicJob(JobName, time, health, logger)
{
    /// <summary>The job's name in health.</summary>
    public const string JobName = "plan pull";

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.CheckEvery;

    /// <summary>The months to pull at <paramref name="now"/>, given when a month was last pulled.</summary>
    public static IReadOnlyList<PlanMonth> FindDue(DateTime now, PlanPullOptions options, Func<PlanMonth, DateTime?> findPulledAt)
    {
        var current = PlanMonth.Of(DateOnly.FromDateTime(now));
        var due = new List<PlanMonth>();
        if (findPulledAt(current) is null)
            due.Add(current);

        var day = Math.Min(options.DayOfMonth, DateTime.DaysInMonth(now.Year, now.Month));
        var scheduled = new DateTime(now.Year, now.Month, day, 0, 0, 0, DateTimeKind.Unspecified) + options.TimeOfDay;
        var wanted = current.Add(options.MonthsAhead);
        if (now >= scheduled && !due.Contains(wanted) && (findPulledAt(wanted) is not { } pulled || pulled < scheduled))
            due.Add(wanted);
        return due;
    }

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => PullDueAsync(cancellationToken);

    /// <summary>Pulls what is due now.</summary>
    internal async Task PullDueAsync(CancellationToken cancellationToken)
    {
        foreach (var month in FindDue(clock.Local, options, store.FindPulledAt))
        {
            var plan = await client.GetAsync(month, cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforePlanStored);
            await store.ReplaceAsync(plan, cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterPlanStored);
            LogPulled(month.ToString(), plan.Rows.Count);
            batch.Signal();
        }
    }

    [LoggerMessage(200, LogLevel.Information, "The plan of {Month} is stored: {Rows} rows")]
    private partial void LogPulled(string month, int rows);
}
