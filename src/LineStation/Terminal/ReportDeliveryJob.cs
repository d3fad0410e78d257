using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>Delivers by itself what visits left behind: right after the visit, then with back-off until the terminal is there again.</summary>
internal sealed class ReportDeliveryJob : PeriodicJob
{
    private readonly ReportDelivery _delivery;

    public ReportDeliveryJob(ReportDelivery delivery, TimeProvider time, HealthState health, ILogger<ReportDeliveryJob> logger)
        : base("report delivery", time, health, logger)
    {
        _delivery = delivery;
        delivery.VisitEnded += Signal;
    }

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => _delivery.DeliverLeftAsync(cancellationToken);
}
