using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>Makes a checkpoint every few minutes, after so many events, and when the program stops.</summary>
public sealed class CheckpointJob : PeriodicJob
{
    private readonly CheckpointBook _book;
    private readonly AuditTrail _trail;
    private readonly AuditOptions _options;
    private readonly CheckpointRules _rules;
    private long _checkpointed;

    /// <summary>Counts from the last checkpoint on.</summary>
    public CheckpointJob(CheckpointBook book, AuditTrail trail, AuditOptions options, CheckpointRules rules, TimeProvider time, HealthState health, ILogger<CheckpointJob> logger)
        : base("audit-checkpoint", time, health, logger)
    {
        _book = book;
        _trail = trail;
        _options = options;
        _rules = rules;
        _checkpointed = book.FindLast()?.Sequence ?? 0;
        trail.Appended += OnAppended;
    }

    /// <inheritdoc/>
    protected override TimeSpan Interval => _options.CheckpointInterval;

    /// <summary>Registers the job so that it is the first to start and the last to stop.</summary>
    public static void AddTo(IServiceCollection services) => services.Insert(0, ServiceDescriptor.Singleton<IHostedService, CheckpointJob>());

    /// <summary>The last of all jobs to stop leaves a checkpoint behind everything that happened.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _trail.Appended -= OnAppended;
        await RunOnceAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!_rules.MayBeMade())
            return;
        _checkpointed = (await _book.MakeAsync(cancellationToken)).Sequence;
        _rules.Made();
    }

    private void OnAppended(long sequence)
    {
        if (sequence - _checkpointed >= _options.CheckpointEvents)
            Signal();
    }
}
