using System.Diagnostics;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.SystemTests.Fixtures;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>What a bad cable does to each frame, in each direction.</summary>
/// <param name="Loss">The share of frames that are lost.</param>
/// <param name="Delay">How long a frame takes.</param>
/// <param name="Held">The share of frames that take <paramref name="HeldFor"/> longer, so that later ones overtake them.</param>
/// <param name="HeldFor">How much longer.</param>
/// <param name="Twice">The share of frames that arrive twice.</param>
public sealed record Badness(double Loss = 0, TimeSpan Delay = default, double Held = 0, TimeSpan HeldFor = default, double Twice = 0);

/// <summary>
/// A line's cross cable made of two TAP devices: every Ethernet frame between station and board comes through here, and is lost, delayed, overtaken or doubled as a generator with a seed says.
/// </summary>
public sealed class BadCable : IAsyncDisposable
{
    private const int LongestFrame = 65536;

    private readonly CrossCable _cable;
    private readonly TapDevice _station;
    private readonly TapDevice _board;
    private readonly List<Thread> _threads = [];
    private Badness _badness = new();
    private long _untilSilent = long.MaxValue;
    private long _passed;
    private long _lost;
    private long _overtaken;
    private long _doubled;

    private BadCable(CrossCable cable, int seed)
    {
        _cable = cable;
        _station = new TapDevice(cable.Interface);
        _board = new TapDevice("b" + cable.Interface[1..]);
        Start("to the board", _station, _board, new Random(seed));
        Start("to the station", _board, _station, new Random(~seed));
    }

    /// <summary>Frames that arrived.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>Frames that were lost.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Frames that arrived behind one that was sent later.</summary>
    public long Overtaken => Interlocked.Read(ref _overtaken);

    /// <summary>Frames that arrived twice.</summary>
    public long Doubled => Interlocked.Read(ref _doubled);

    /// <summary>Takes the place of the pair of virtual ports that the launcher has laid for this line, with the same names and addresses.</summary>
    public static async Task<BadCable> ReplaceAsync(CrossCable cable, int seed)
    {
        await Tool.RunAsync("ip", ["link", "delete", "dev", cable.Interface]); // gone already where a bad cable was here before
        var bad = new BadCable(cable, seed);
        var board = "b" + cable.Interface[1..];
        await IpAsync("link", "set", "dev", cable.Interface, "alias", cable.Mark);
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{cable.Interface}/rp_filter", "2"); // as the launcher does
        await IpAsync("address", "add", cable.LocalAddress + "/24", "dev", cable.Interface);
        await IpAsync("link", "set", "dev", cable.Interface, "up");
        await IpAsync("link", "set", "dev", board, "netns", cable.Namespace);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", board, "name", CrossCable.BoardInterface, "alias", cable.Mark);
        await IpAsync("-n", cable.Namespace, "address", "add", CrossCable.BoardAddress + "/24", "dev", CrossCable.BoardInterface);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", CrossCable.BoardInterface, "up");
        return bad;
    }

    /// <summary>From now on the cable is like this.</summary>
    public void Become(Badness badness) => Volatile.Write(ref _badness, badness);

    /// <summary>Behind so many more frames, whichever way they go, none arrives any more; the link stays up.</summary>
    public void FallSilentAfter(int frames) => Interlocked.Exchange(ref _untilSilent, frames);

    /// <summary>Frames arrive again.</summary>
    public void BeSilentNoMore() => Interlocked.Exchange(ref _untilSilent, long.MaxValue);

    public async ValueTask DisposeAsync()
    {
        await IpAsync("link", "delete", "dev", _cable.Interface); // ends the reading
        await IpAsync("-n", _cable.Namespace, "link", "delete", "dev", CrossCable.BoardInterface);
        foreach (var thread in _threads)
            thread.Join();
        _station.Dispose();
        _board.Dispose();
    }

    private void Start(string direction, TapDevice from, TapDevice to, Random random)
    {
        var way = new Way(this, to);
        Run(direction + ", in", () => Take(from, way, random));
        Run(direction + ", out", way.Deliver);

        void Run(string name, ThreadStart what)
        {
            var thread = new Thread(what) { IsBackground = true, Name = name };
            _threads.Add(thread);
            thread.Start();
        }
    }

    private void Take(TapDevice from, Way way, Random random)
    {
        var buffer = new byte[LongestFrame];
        while (from.Read(buffer) is { Length: > 0 } frame)
        {
            var badness = Volatile.Read(ref _badness);
            if (Interlocked.Decrement(ref _untilSilent) < 0 || random.NextDouble() < badness.Loss)
            {
                Interlocked.Increment(ref _lost);
                continue;
            }

            var copy = frame.ToArray();
            way.Send(copy, random.NextDouble() < badness.Held ? badness.Delay + badness.HeldFor : badness.Delay);
            if (random.NextDouble() >= badness.Twice)
                continue;
            Interlocked.Increment(ref _doubled);
            way.Send(copy, badness.Delay);
        }

        way.End();
    }

    private static Task<string> IpAsync(params string[] arguments) => Tool.RunOkAsync("ip", arguments);

    /// <summary>Frames under way in one direction.</summary>
    private sealed class Way(BadCable cable, TapDevice to)
    {
        private readonly Lock _gate = new();
        private readonly PriorityQueue<(byte[] Frame, long Number), long> _underWay = new();
        private readonly AutoResetEvent _more = new(false);
        private long _sent;
        private long _newest;
        private bool _ended;

        public void Send(byte[] frame, TimeSpan delay)
        {
            lock (_gate)
                _underWay.Enqueue((frame, ++_sent), Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency));
            _more.Set();
        }

        public void End()
        {
            Volatile.Write(ref _ended, true);
            _more.Set();
        }

        public void Deliver()
        {
            while (!Volatile.Read(ref _ended))
            {
                if (TryTakeDue(out var frame, out var pause))
                    to.Write(frame);
                else
                    _more.WaitOne(pause);
            }
        }

        private bool TryTakeDue(out byte[] frame, out TimeSpan pause)
        {
            frame = [];
            pause = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                if (!_underWay.TryPeek(out var next, out var due))
                    return false;
                pause = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (pause > TimeSpan.Zero)
                    return false;
                _underWay.Dequeue();
                frame = next.Frame;
                if (next.Number < _newest)
                    Interlocked.Increment(ref cable._overtaken);
                _newest = Math.Max(_newest, next.Number);
                Interlocked.Increment(ref cable._passed);
                return true;
            }
        }
    }
}
