using Microsoft.Extensions.Hosting;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Board.Notifications;

/// <summary>Tells the gateway at each start that the board is up (U-8): when everything listens, and a new firmware has committed.</summary>
internal sealed class PowerOnNotice(GatewayClient gateway, BoardContent content, RunningFirmware running, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!gateway.IsKnown || running.IsUpdater)
            return;
        try
        {
            await running.Committed.WaitAsync(stoppingToken);
            await StartedAsync(stoppingToken);
            if ((content.MachineNumber ?? content.Own?.MachineNumber) is { } number)
                await gateway.TellAsync<NotifyPowerOnRequest, NotifyPowerOnResponse>(new NotifyPowerOnRequest(number, running.Version), null, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The board is switched off.
        }
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }
}
