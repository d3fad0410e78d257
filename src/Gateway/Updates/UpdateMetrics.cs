using System.Diagnostics.Metrics;
using ProvisioningStation.FirmwareUpdate;

namespace ProvisioningStation.Gateway.Updates;

/// <summary>What <c>GET /metrics</c> says of updates, read from the table when somebody asks.</summary>
internal sealed class UpdateMetrics : IDisposable
{
    private readonly Meter _meter;

    public UpdateMetrics(IMeterFactory meters, UpdateStore store)
    {
        _meter = meters.Create("Gateway.Updates");
        _meter.CreateObservableGauge(
            "gateway.updates.unfinished",
            () => store.FindUnfinished().GroupBy(update => update.State).Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("state", group.Key.ToString()))),
            "{update}",
            "Updates that are not at their end, by state.");
        _meter.CreateObservableGauge(
            "gateway.updates.passwords_not_erased",
            () => store.FindUnfinished().Count(update => update.Outcome is not null && update.PasswordState is not (PasswordState.None or PasswordState.Erased)),
            "{update}",
            "Updates that have ended and whose one-time password a board may still know.");
    }

    public void Dispose() => _meter.Dispose();
}
