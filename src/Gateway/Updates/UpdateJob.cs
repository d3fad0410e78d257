using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Gateway.Updates;

/// <summary>Runs every update that is not at its end. The table is the queue: what a run before this one left is gone on with at the start; one bad update never stops the rest.</summary>
internal sealed partial class UpdateJob(UpdateStore store, UpdateRunner runner, TimeProvider time, HealthState health, ILogger<UpdateJob> logger) : PeriodicJob(JobName, time, health, logger)
{
    public const string JobName = "updates";

    /// <summary>The condition in the gateway's health while its disk is full.</summary>
    public const string Condition = "storage";

    private static readonly TimeSpan AfterFull = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, Task> _running = new();
    private readonly TimeProvider _time = time;
    private readonly HealthState _health = health;

    protected override TimeSpan Interval => TimeSpan.FromMinutes(1);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var update in store.FindUnfinished())
        {
            if (!_running.TryGetValue(update.Id, out var task) || task.IsCompleted)
                _running[update.Id] = RunAsync(update.Id, cancellationToken);
        }

        return Task.CompletedTask;
    }

    private async Task RunAsync(Guid id, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (!await TryRunAsync(id, cancellationToken))
                await Task.Delay(AfterFull, _time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is stored is where the next run goes on.
        }
        catch (Exception cause)
        {
            LogStopped(logger, id, cause.Message, cause is ProvisioningException ? null : cause); // the next sweep begins it again
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    /// <summary>Runs it as long as what it does can be stored; false where this gateway's disk is full: it goes on where it is as soon as there is room.</summary>
    private async Task<bool> TryRunAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await runner.RunAsync(id, cancellationToken);
            _health.Clear(Condition);
            return true;
        }
        catch (ProvisioningException full) when (full is { Code: ErrorCode.StorageFull, SaidByPeer: false })
        {
            _health.Report(Condition, "The gateway's disk is full: updates wait where they are. Make room; they go on by themselves.");
            LogFull(logger, id);
            return false;
        }
    }

    [LoggerMessage(911, LogLevel.Error, "Update {Id} waits: the disk is full")]
    private static partial void LogFull(ILogger logger, Guid id);

    [LoggerMessage(910, LogLevel.Warning, "Update {Id} is left until the next sweep: {Reason}")]
    private static partial void LogStopped(ILogger logger, Guid id, string reason, Exception? cause);
}
