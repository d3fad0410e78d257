using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ProvisioningStation.Hosting.Metrics;

/// <summary>
/// Collects what this program's own meters measure, and how long its requests take. Meters of other programs in the same process (in tests) belong to another factory and are left out.
/// </summary>
public sealed class MeterReadings : IDisposable
{
    /// <summary>What the names of our meters begin with.</summary>
    public const string Prefix = "ProvisioningStation.";

    private const string RequestDuration = "http.server.request.duration";

    private readonly ConcurrentDictionary<(string Name, string Labels), MetricSeries> _series = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _observing = new();

    public MeterReadings(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && (instrument.Meter.Name.StartsWith(Prefix, StringComparison.Ordinal) || instrument.Name == RequestDuration))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything measured so far, with what is observed now, in the text form of Prometheus.</summary>
    public string Write()
    {
        lock (_observing)
        {
            foreach (var (key, series) in _series)
            {
                if (series.Instrument.IsObservable)
                    _series.TryRemove(key, out _); // what is not there any more is not told again
            }

            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_series.Values);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.Labels(tags);
        _series.GetOrAdd((instrument.Name, labels), static (key, made) => new MetricSeries(made, key.Labels), instrument).Take(value);
    }
}
