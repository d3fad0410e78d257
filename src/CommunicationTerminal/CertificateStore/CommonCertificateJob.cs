using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Fetches the common certificate when it is missing and once a day.</summary>
internal sealed class CommonCertificateJob(
    CommonCertificateStore store,
    FactoryClock clock,
    TimeProvider time,
    HealthState health,
    ILogger<CommonCertificateJob> logger) : PeriodicJob("common certificate", time, health, logger)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (store.FindFetchedAt() is not { } fetched || clock.Local - fetched >= MaxAge)
            await store.FetchAsync(cancellationToken);
    }
}
