namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>How many packs a second were stored lately. In memory only: after a restart it begins anew with the packs.</summary>
internal sealed class BatchRate(TimeProvider time)
{
    private const int Seconds = 5;

    private readonly Queue<(long At, int Count)> _stored = [];
    private readonly Lock _lock = new();

    /// <summary>Packs were stored.</summary>
    public void Add(int count)
    {
        lock (_lock)
        {
            Trim();
            _stored.Enqueue((time.GetTimestamp(), count));
        }
    }

    /// <summary>Packs a second over the last five seconds, or since the first of them; 0 where none came.</summary>
    public double PerSecond
    {
        get
        {
            lock (_lock)
            {
                Trim();
                if (_stored.Count == 0)
                    return 0;
                var since = Math.Max(1, time.GetElapsedTime(_stored.Peek().At).TotalSeconds);
                return _stored.Sum(slice => slice.Count) / since;
            }
        }
    }

    private void Trim()
    {
        while (_stored.Count > 0 && time.GetElapsedTime(_stored.Peek().At) > TimeSpan.FromSeconds(Seconds))
            _stored.Dequeue();
    }
}
