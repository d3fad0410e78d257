using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Board.Notifications;

/// <summary>
/// The key at the board's control panel that asks for an update (U-14). Simulated: somebody makes the file <c>simulate/begin-update</c>. It is gone when the gateway has taken the wish, or refused it; a power cut
/// before that leaves it, and the board asks again, which is the same update to the gateway. How it ends is shown by <see cref="ResultDisplay"/>.
/// </summary>
internal sealed partial class ControlPanel(GatewayClient gateway, BoardContent content, RunningFirmware running, MemoryMap map, ResultDisplay display, TimeProvider time, ILogger<ControlPanel> logger) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (running.IsUpdater)
            return;
        using var clock = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await clock.WaitForNextTickAsync(stoppingToken))
            {
                if (!File.Exists(map.BeginUpdate))
                    continue;
                display.Clear(); // before the gateway knows: a result that comes at once is not lost
                if (await BeginAsync(stoppingToken))
                    LogBegun(logger);
                File.Delete(map.BeginUpdate);
            }
        }
        catch (OperationCanceledException)
        {
            // The board is switched off.
        }
    }

    private async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (gateway.IsKnown && (content.MachineNumber ?? content.Own?.MachineNumber) is { } number)
            return await gateway.TellAsync<BeginUpdateRequest, BeginUpdateResponse>(new BeginUpdateRequest(number), null, cancellationToken);
        LogNobody(logger, gateway.IsKnown ? "it has no machine number yet" : "it knows no gateway (Gateway:Address)");
        return false;
    }

    [LoggerMessage(442, LogLevel.Information, "An update was asked for at the control panel; the gateway begins")]
    private static partial void LogBegun(ILogger logger);

    [LoggerMessage(443, LogLevel.Warning, "An update was asked for at the control panel, and the board can ask nobody: {Reason}")]
    private static partial void LogNobody(ILogger logger, string reason);
}
