using System.Collections.Concurrent;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>Which stations are there: those that wait for typed numbers now, or did a moment ago.</summary>
internal sealed class StationPresence(FactoryClock clock)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Station> _stations = new(StringComparer.Ordinal);

    /// <summary>The lines whose stations are there, in order.</summary>
    public IReadOnlyList<string> Lines => [.. _stations.Keys.Where(IsThere).Order(StringComparer.Ordinal)];

    /// <summary>Whether the station of <paramref name="line"/> is there.</summary>
    public bool IsThere(string line) => _stations.TryGetValue(line, out var station) && (station.Waiting > 0 || clock.UtcNow - station.SeenAt < Moment);

    /// <summary>Wakes the station's call.</summary>
    public void Wake(string line)
    {
        if (_stations.TryGetValue(line, out var station))
            station.Wake();
    }

    /// <summary>Waits for <see cref="Wake"/> as long as <paramref name="patience"/>; meanwhile the line's station is there.</summary>
    /// <returns>What to wait for: taken before the store is looked at, nothing that comes after the look is missed.</returns>
    public Call Begin(string line, TimeSpan patience) => new(_stations.GetOrAdd(line, static _ => new Station()), clock, patience);

    /// <summary>One call of a station.</summary>
    internal sealed class Call : IDisposable
    {
        private readonly Station _station;
        private readonly FactoryClock _clock;
        private readonly TimeSpan _patience;
        private readonly Task _woken;

        internal Call(Station station, FactoryClock clock, TimeSpan patience)
        {
            (_station, _clock, _patience, _woken) = (station, clock, patience, station.Woken);
            station.Begin();
        }

        /// <summary>Ends when something was typed, or the patience is over.</summary>
        public async Task WaitAsync(CancellationToken cancellationToken)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_woken, Task.Delay(_patience, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        /// <inheritdoc/>
        public void Dispose() => _station.End(_clock.UtcNow);
    }

    /// <summary>A line's station.</summary>
    internal sealed class Station
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        public int Waiting => Volatile.Read(ref _waiting);

        public DateTimeOffset SeenAt { get; private set; }

        public Task Woken
        {
            get
            {
                lock (_gate)
                    return _woken.Task;
            }
        }

        public void Begin() => Interlocked.Increment(ref _waiting);

        public void End(DateTimeOffset now)
        {
            lock (_gate)
                SeenAt = now;
            Interlocked.Decrement(ref _waiting);
        }

        public void Wake()
        {
            lock (_gate)
            {
                _woken.SetResult();
                _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
