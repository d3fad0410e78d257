namespace ProvisioningStation.Board.Ftp;

/// <summary>Does something when time is up, by the monotonic clock; set again and again at little cost.</summary>
internal sealed class Deadline(TimeProvider time, Action passed) : IDisposable
{
    private readonly ITimer _timer = time.CreateTimer(_ => Pass(passed), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>From now on.</summary>
    public void Set(TimeSpan limit) => _timer.Change(limit, Timeout.InfiniteTimeSpan);

    /// <summary>No more.</summary>
    public void Clear() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>A timer may fire while, or just after, its owner ends: then what it would have ended is gone already, and an exception on the timer's thread would end the program.</summary>
    private static void Pass(Action passed)
    {
        try
        {
            passed();
        }
        catch (ObjectDisposedException)
        {
        }
    }
}
