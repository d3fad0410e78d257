using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>
/// Asks the terminal behind every verdict, and every few seconds, how much is left of the line's day. So the kiosk also says that the terminal is away before somebody scans. Nobody waits for it.
/// </summary>
internal sealed class LineProgress(TerminalClient terminal, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile GetLineProgressResponse? _last;

    /// <summary>Units still to do; null while the terminal does not say.</summary>
    public int? Remaining => _last?.Remaining;

    /// <summary>Something has happened that changes the figures.</summary>
    public void Ask() => _asked.Writer.TryWrite(true);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var asked = Task.CompletedTask; // one waiter, however many intervals pass
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _last = await terminal.GetLineProgressAsync(stoppingToken);
            }
            catch (ProvisioningException)
            {
                _last = null; // an old figure would be a claim; why there is none stands in the banner
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (asked.IsCompleted)
            {
                _asked.Reader.TryRead(out _);
                asked = _asked.Reader.WaitToReadAsync(stoppingToken).AsTask();
            }

            await Task.WhenAny(Task.Delay(Interval, time, stoppingToken), asked);
        }
    }
}
