using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// The line's one queue of scans, in the order they were made, from whatever made them. It is bounded: while the line has <see cref="Longest"/> scans in front of it, further ones are dropped,
/// and a <see cref="ScanKind.Dropped"/> at their place says so to the worker.
/// </summary>
internal sealed partial class ScanQueue(ILogger<ScanQueue> logger)
{
    /// <summary>How many scans may wait.</summary>
    public const int Longest = 64;

    private readonly Channel<Scan> _scans = Channel.CreateBounded<Scan>(new BoundedChannelOptions(Longest + 1) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly Lock _gate = new();
    private long _dropped;
    private bool _said;

    /// <summary>What the line's worker takes scans from.</summary>
    public ChannelReader<Scan> Reader => _scans.Reader;

    /// <summary>For who can wait until there is room.</summary>
    public ChannelWriter<Scan> Writer => _scans.Writer;

    /// <summary>Puts a scan behind those that wait.</summary>
    /// <returns>False where it was dropped.</returns>
    public bool Offer(Scan scan)
    {
        lock (_gate)
        {
            if (_scans.Reader.Count < Longest && _scans.Writer.TryWrite(scan))
            {
                if (_dropped > 0)
                    LogRoomAgain(logger, _dropped);
                _dropped = 0;
                _said = false;
                return true;
            }

            if (_dropped++ == 0)
                LogDropping(logger, Longest);
            _said = _said || _scans.Writer.TryWrite(new Scan(ScanKind.Dropped, $"{Longest} scans wait already", scan.At, scan.Source));
            return false;
        }
    }

    [LoggerMessage(302, LogLevel.Warning, "{Waiting} scans wait already: further ones are dropped")]
    private static partial void LogDropping(ILogger logger, int waiting);

    [LoggerMessage(303, LogLevel.Warning, "{Dropped} scans were dropped, because too many waited")]
    private static partial void LogRoomAgain(ILogger logger, long dropped);
}
