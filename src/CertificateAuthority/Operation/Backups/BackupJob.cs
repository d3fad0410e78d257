using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>Makes a backup once the latest one is as old as the interval.</summary>
internal sealed class BackupJob(BackupFiles backups, BackupOptions options, TimeProvider time, HealthState health, ILogger<BackupJob> logger) : PeriodicJob("backup", time, health, logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = time;

    protected override TimeSpan Interval => Look;

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (options.Interval == TimeSpan.Zero)
            return;
        var latest = backups.List() is [var first, ..] ? first.MadeAt : DateTimeOffset.MinValue;
        if (_time.GetUtcNow() - latest >= options.Interval)
            await backups.MakeAsync(AuditTrail.Itself, cancellationToken);
    }
}
