namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A monotonic clock that goes only when the test says so, and takes its timers with it. The wall clock may be set apart from it.</summary>
public sealed class SteppedTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<SteppedTimer> _timers = [];
    private long _ticks;

    /// <summary>What the wall clock says.</summary>
    public DateTimeOffset WallClock { get; set; } = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => WallClock;

    /// <summary>Lets time pass and every timer that is due go off.</summary>
    public void Pass(TimeSpan time)
    {
        List<SteppedTimer> due;
        lock (_gate)
        {
            Interlocked.Add(ref _ticks, time.Ticks);
            due = [.. _timers.Where(timer => timer.Due <= _ticks)];
            foreach (var timer in due)
                timer.Due = long.MaxValue;
        }

        foreach (var timer in due)
            timer.GoOff();
    }

    /// <summary>Lets <paramref name="step"/> pass again and again until <paramref name="waiting"/> has ended: nobody sees from outside when somebody has begun to wait.</summary>
    public async Task PassUntilAsync(Task waiting, TimeSpan step)
    {
        while (await Task.WhenAny(waiting, Task.Delay(20)) != waiting)
            Pass(step);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; } = long.MaxValue;

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
                Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._ticks + dueTime.Ticks;
            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
