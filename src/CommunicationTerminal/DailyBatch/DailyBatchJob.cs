using System.Runtime.ExceptionServices;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// The day's batch (P-7): (1) tells the CA what it is still owed, (2) brings corrections of the plan to the units, (3) allocates the days that are due, (4) takes left-over packs back,
/// (5) tells the CA what it is to revoke, (6) requests what is allocated and not here. Each step finds its work in the tables, so it does not matter where an earlier run ended.
/// </summary>
internal sealed partial class DailyBatchJob(
    BatchAllocation allocation,
    PlanCorrections corrections,
    LeftOvers leftOvers,
    Acknowledgements acknowledgements,
    CertificateReturnRequests returns,
    ExpiredRequests expired,
    ChunkRequests requests,
    BatchWaits waits,
    DailyBatchOptions options,
    TimeProvider time,
    HealthState health,
    ILogger<DailyBatchJob> logger) : PeriodicJob(JobName, time, health, logger)
{
    /// <summary>The job's name in health.</summary>
    public const string JobName = "daily batch";

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    private volatile bool _isRunning;

    /// <summary>Whether a run is under way.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>Sooner where a request's next try is due sooner.</summary>
    protected override TimeSpan Interval => waits.UntilNextTry() is { } wait && wait < options.CheckEvery ? (wait > Shortest ? wait : Shortest) : options.CheckEvery;

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => SweepAsync(cancellationToken);

    /// <summary>One run that also tries what waits for its next try.</summary>
    internal async Task RunBatchAsync(CancellationToken cancellationToken)
    {
        await waits.ForgetAsync(cancellationToken);
        await SweepAsync(cancellationToken);
    }

    /// <summary>One run of what is due. A step that fails does not keep the next from being tried; the first failure is thrown at the end.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? failure = null;
        Func<CancellationToken, Task>[] steps =
            [acknowledgements.TellAllAsync, corrections.ApplyAsync, allocation.AllocateDueAsync, leftOvers.ReturnDueAsync, returns.TellAllAsync, requests.SendDueAsync];
        _isRunning = true;
        try
        {
            foreach (var step in steps)
            {
                try
                {
                    await step(cancellationToken);
                }
                catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
                {
                    failure ??= ExceptionDispatchInfo.Capture(cause);
                }
            }

            expired.ReportInHealth();
        }
        finally
        {
            _isRunning = false;
        }

        failure?.Throw();
        waits.ThrowIfAny();
    }
}
