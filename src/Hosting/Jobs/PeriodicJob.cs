using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Jobs;

/// <summary>
/// Work that is looked for again and again: the table is the queue, a sweep with jitter finds what is to be done, a signal wakes it early.
/// A failure is logged, shown in health and tried again with back-off; it never ends the job.
/// </summary>
public abstract partial class PeriodicJob(string name, TimeProvider time, HealthState health, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _signal = new(0, 1);

    /// <summary>The time between two sweeps; each wait varies by a tenth.</summary>
    protected abstract TimeSpan Interval { get; }

    /// <summary>Runs the next sweep now. Signals that come while a sweep runs are one.</summary>
    public void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already signalled.
        }
    }

    /// <summary>One sweep.</summary>
    protected abstract Task RunOnceAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                health.JobSucceeded(name);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause)
            {
                failures++;
                health.JobFailed(name, cause is ProvisioningException ? cause.Message : $"{cause.GetType().Name}; see the log");
                LogFailure(logger, name, cause.Message, cause is ProvisioningException ? null : cause);
            }

            await WaitAsync(failures, stoppingToken);
        }
    }

    private async Task WaitAsync(int failures, CancellationToken cancellationToken)
    {
        var wait = failures == 0 ? Interval : FirstRetry * Math.Min(Math.Pow(2, failures - 1), Interval / FirstRetry);
        wait *= 0.9 + (0.2 * Random.Shared.NextDouble());
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(wait, time, timer.Token);
        var signal = _signal.WaitAsync(timer.Token);
        await Task.WhenAny(delay, signal);
        await timer.CancelAsync();
        await Task.WhenAll(Quietly(delay), Quietly(signal));
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // One of the two always is.
        }
    }

    [LoggerMessage(100, LogLevel.Warning, "Job {Job} failed and will be tried again: {Reason}")]
    private static partial void LogFailure(ILogger logger, string job, string reason, Exception? cause);
}
