using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>Counts what was committed, so that a look at the tables is known to be out of date.</summary>
internal sealed class StoreChanges
{
    private long _count;

    /// <summary>Counts from now on.</summary>
    public StoreChanges(Database database) => database.WriteEnded += committed =>
    {
        if (committed)
            Interlocked.Increment(ref _count);
    };

    /// <summary>Transactions committed since the start. Raised before the writer goes on, so that whoever has written sees the change.</summary>
    public long Count => Interlocked.Read(ref _count);
}

/// <summary>A look at the tables that all who ask share until something is stored, or a second has passed (for what depends on the time alone).</summary>
internal sealed class SharedLook<T>(StoreChanges changes, FactoryClock clock)
    where T : class
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private T? _seen;
    private long _count;
    private DateTimeOffset _at;

    /// <summary>The last look, or a new one.</summary>
    public T Get(Func<T> look)
    {
        lock (_gate)
        {
            var (count, now) = (changes.Count, clock.UtcNow); // before the look: what is stored meanwhile is looked at next time
            if (_seen is null || _count != count || (now - _at).Duration() >= Lifetime)
                (_seen, _count, _at) = (look(), count, now);
            return _seen;
        }
    }
}
