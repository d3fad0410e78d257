using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>Asks the terminal, behind the verdict that a unit is already written, when and at which line that was. Nobody waits for it; where the terminal does not say, the kiosk does not either.</summary>
internal sealed class EarlierWriting(TerminalClient terminal) : BackgroundService
{
    private readonly Channel<MachineNumber> _asked = Channel.CreateBounded<MachineNumber>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private volatile Writing? _last;

    /// <summary>Asks where this verdict is about a unit that is already written.</summary>
    public void Ask(StationEvent? verdict)
    {
        if (verdict is { Code: ErrorCode.AlreadyWritten, MachineNumber: { } text } && MachineNumber.TryParse(text, out var number))
            _asked.Writer.TryWrite(number);
    }

    /// <summary>When and where the unit was written; null while that is not known.</summary>
    public (DateTimeOffset At, string Line)? Find(string? machineNumber) => _last is { } known && known.MachineNumber == machineNumber ? (known.At, known.Line) : null;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var number in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (await terminal.GetUnitAsync(number, stoppingToken) is { WrittenAt: { } at, Line: { } line })
                    _last = new Writing(number.ToString(), at, line);
            }
            catch (ProvisioningException)
            {
                // The verdict stands without it.
            }
        }
    }

    private sealed record Writing(string MachineNumber, DateTimeOffset At, string Line);
}
