using System.Diagnostics.Metrics;

namespace ProvisioningStation.Hosting.Metrics;

/// <summary>Everything measured by one instrument under one set of labels.</summary>
internal sealed class MetricSeries(Instrument instrument, string labels)
{
    /// <summary>Upper bounds in seconds, for durations from a fast lookup to a batch of 10,000.</summary>
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly long[] _buckets = new long[Bounds.Length];
    private readonly Lock _lock = new();
    private double _sum;
    private long _count;

    /// <summary>The instrument.</summary>
    public Instrument Instrument { get; } = instrument;

    /// <summary>The labels as they are written, without braces.</summary>
    public string Labels { get; } = labels;

    /// <summary>Whether it is a distribution and not one number.</summary>
    public bool IsHistogram { get; } = instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal);

    /// <summary>Whether it only grows.</summary>
    public bool IsCounter { get; } = instrument.GetType().Name is { } name && (name.StartsWith("Counter", StringComparison.Ordinal) || name.StartsWith("ObservableCounter", StringComparison.Ordinal));

    /// <summary>Takes a measurement.</summary>
    public void Take(double value)
    {
        lock (_lock)
        {
            if (IsHistogram)
            {
                _sum += value;
                _count++;
                for (var i = Bounds.Length - 1; i >= 0 && value <= Bounds[i]; i--)
                    _buckets[i]++;
            }
            else
            {
                var adds = !Instrument.IsObservable && !Instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal);
                _sum = adds ? _sum + value : value;
            }
        }
    }

    /// <summary>The samples to write: suffix of the name, one more label, value.</summary>
    public IReadOnlyList<(string Suffix, string? Label, double Value)> Read()
    {
        lock (_lock)
        {
            if (!IsHistogram)
                return [(string.Empty, null, _sum)];
            return
            [
                .. Bounds.Select((bound, i) => ("_bucket", (string?)$"le=\"{PrometheusText.Number(bound)}\"", (double)_buckets[i])),
                ("_bucket", "le=\"+Inf\"", _count),
                ("_sum", null, _sum),
                ("_count", null, _count),
            ];
        }
    }
}
