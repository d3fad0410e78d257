using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Operation.Integrity;

/// <summary>Checks the whole store again and again, slowly. The first time soon after the start, when the callers have had theirs.</summary>
internal sealed class IntegrityJob(StoreCheck check, IntegrityOptions options, TimeProvider time, HealthState health, ILogger<IntegrityJob> logger)
    : PeriodicJob("integrity", time, health, logger)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);

    protected override TimeSpan Interval => options.CheckInterval;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(FirstWait, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await base.ExecuteAsync(stoppingToken);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => check.RunAsync(options.Load, cancellationToken);
}
