using System.Text;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>One key as a browser saw it.</summary>
/// <param name="Key">The character, or <c>Enter</c> and <c>Tab</c> by name, as <c>KeyboardEvent.key</c> says them; names of other keys (Shift, ArrowLeft) count as nothing.</param>
/// <param name="Milliseconds">When, on the browser's own clock (<c>KeyboardEvent.timeStamp</c>); only differences within one delivery count.</param>
public readonly record struct WedgeKey(string Key, double Milliseconds);

/// <summary>What became of one delivery of keys.</summary>
/// <param name="Scans">The scans that it completed, unreadable ones too; all of them are on their way to the line, and none of them needs to be sent again.</param>
/// <param name="Dropped">How many of them were dropped because too many wait already.</param>
public sealed record WedgeDelivery(IReadOnlyList<Scan> Scans, int Dropped);

/// <summary>
/// A scanner that types like a keyboard into the kiosk page. The page delivers keys with their times, best a whole frame at once; they run through the same framing as the bytes of every other scanner.
/// A browser's clock starts with its page, so times are laid to the station's clock from the last key of a delivery backwards: gaps within a delivery are the browser's, those between deliveries are ours.
/// </summary>
internal sealed class WedgeInput(ScannerOptions options, WorkersOptions workers, ScanQueue queue, MonotonicClock clock, TimeProvider time) : IDisposable
{
    /// <summary>The most keys that one delivery may have.</summary>
    public const int MaxKeys = 4096;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly ScanFrames _frames = new(options, ScanSource.Wedge, workers.Badge);
    private readonly Lock _gate = new();
    private TimeSpan _last;
    private ITimer? _expiry;

    /// <summary>Takes keys in the order they were pressed, <see cref="MaxKeys"/> at most.</summary>
    /// <exception cref="ArgumentException">More keys, or a time that is no number.</exception>
    public WedgeDelivery Take(IReadOnlyList<WedgeKey> keys)
    {
        if (keys.Count > MaxKeys || keys.Any(key => key.Key is null || !double.IsFinite(key.Milliseconds)))
            throw new ArgumentException($"A delivery is at most {MaxKeys} keys, each with its time in milliseconds.", nameof(keys));
        if (keys.Count == 0)
            return new WedgeDelivery([], 0);
        lock (_gate)
        {
            var now = clock.Now;
            var end = keys[^1].Milliseconds;
            var scans = new List<Scan>();
            foreach (var key in keys)
            {
                var at = Later(_last, now - TimeSpan.FromMilliseconds(Math.Clamp(end - key.Milliseconds, 0, 60_000)));
                if (at - _last > Silence)
                {
                    _frames.Expire(at, scans);
                    _frames.Reset(); // a key that was touched by mistake has no end mark, and must not cost the scan that comes a while later
                }

                _last = at;
                _frames.Feed(Bytes(key.Key), at, scans);
            }

            // A frame that stays without an end mark is said although no further key comes.
            _expiry ??= time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _expiry.Change(options.Gap + TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
            return new WedgeDelivery(scans, scans.Count(scan => !queue.Offer(scan)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _expiry?.Dispose();

    private void Expire()
    {
        lock (_gate)
        {
            var scans = new List<Scan>();
            _frames.Expire(clock.Now, scans);
            foreach (var scan in scans)
                queue.Offer(scan);
        }
    }

    private static byte[] Bytes(string key) => key switch
    {
        "Enter" => "\r"u8.ToArray(),
        "Tab" => "\t"u8.ToArray(),
        { Length: > 2 } => [], // Shift and its like; two characters are one outside the basic plane
        _ => Encoding.UTF8.GetBytes(key),
    };

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
