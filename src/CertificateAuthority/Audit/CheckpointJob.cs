using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>
/// Makes a checkpoint every few minutes, after so many events, and when the service stops. Not while signing is stopped: what was found must not be signed over before an administrator
/// has decided.
/// </summary>
internal sealed class CheckpointJob : PeriodicJob
{
    private readonly CheckpointBook _book;
    private readonly AuditTrail _trail;
    private readonly AuditOptions _options;
    private readonly SigningGate _gate;
    private long _checkpointed;

    public CheckpointJob(CheckpointBook book, AuditTrail trail, AuditOptions options, SigningGate gate, TimeProvider time, HealthState health, ILogger<CheckpointJob> logger)
        : base("audit-checkpoint", time, health, logger)
    {
        _book = book;
        _trail = trail;
        _options = options;
        _gate = gate;
        _checkpointed = book.FindLast()?.Sequence ?? 0;
        trail.Appended += OnAppended;
    }

    protected override TimeSpan Interval => _options.CheckpointInterval;

    /// <summary>The last of all jobs to stop leaves a checkpoint behind everything that happened.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _trail.Appended -= OnAppended;
        await RunOnceAsync(CancellationToken.None);
    }

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (_gate.Reason is not null)
            return;
        _checkpointed = (await _book.MakeAsync(cancellationToken)).Sequence;
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterCheckpoint);
    }

    private void OnAppended(long sequence)
    {
        if (sequence - _checkpointed >= _options.CheckpointEvents)
            Signal();
    }
}
