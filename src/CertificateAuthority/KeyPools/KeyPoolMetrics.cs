using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.KeyPools;

/// <summary>What the pool does, as instruments, and how quickly keys of a kind are made here.</summary>
internal sealed class KeyPoolMetrics
{
    private const string MeterName = "ProvisioningStation.CertificateAuthority";
    private const double Weight = 0.2;

    private readonly Counter<long> _made;
    private readonly Counter<long> _taken;
    private readonly Counter<long> _missed;
    private readonly ConcurrentDictionary<KeyAlgorithm, double> _seconds = [];
    private readonly Meter _meter;

    public KeyPoolMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _made = _meter.CreateCounter<long>("ca.key_pool.made", "{key}", "Keys made ahead.");
        _taken = _meter.CreateCounter<long>("ca.key_pool.taken", "{key}", "Keys taken from the pool.");
        _missed = _meter.CreateCounter<long>("ca.key_pool.missed", "{key}", "Keys made on demand because the pool was empty.");
    }

    /// <summary>Publishes levels and targets.</summary>
    public void Watch(KeyPool pool)
    {
        _meter.CreateObservableGauge("ca.key_pool.level", () => pool.Algorithms.Select(algorithm => new Measurement<int>(pool.Level(algorithm), Tag(algorithm))), "{key}", "Keys in the pool.");
        _meter.CreateObservableGauge("ca.key_pool.target", () => pool.Algorithms.Select(algorithm => new Measurement<int>(pool.Target(algorithm), Tag(algorithm))), "{key}", "Keys that should be in the pool.");
    }

    /// <summary>A key was made ahead.</summary>
    public void Made(KeyAlgorithm algorithm, TimeSpan within)
    {
        _made.Add(1, Tag(algorithm));
        _seconds.AddOrUpdate(algorithm, within.TotalSeconds, (_, earlier) => ((1 - Weight) * earlier) + (Weight * within.TotalSeconds));
    }

    /// <summary>An order got keys, and others have to be made for it.</summary>
    public void Taken(KeyAlgorithm algorithm, int taken, int missed)
    {
        _taken.Add(taken, Tag(algorithm));
        _missed.Add(missed, Tag(algorithm));
    }

    /// <summary>How many keys of a kind are made in a minute when nothing else is to be done; null before the first.</summary>
    public double? PerMinute(KeyAlgorithm algorithm) => _seconds.TryGetValue(algorithm, out var seconds) && seconds > 0 ? Math.Round(60 / seconds, 1) : null;

    private static KeyValuePair<string, object?> Tag(KeyAlgorithm algorithm) => new("algorithm", algorithm.ToString());
}
