using System.Globalization;
using System.Text;

namespace ProvisioningStation.Hosting.Metrics;

/// <summary>Text exposition format 0.0.4 of Prometheus.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes all series, those of one instrument together.</summary>
    public static string Write(IEnumerable<MetricSeries> series)
    {
        var text = new StringBuilder();
        foreach (var group in series.GroupBy(NameOf).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = group.First();
            var type = first.IsHistogram ? "histogram" : first.IsCounter ? "counter" : "gauge";
            text.Append("# HELP ").Append(group.Key).Append(' ').Append(Escape(first.Instrument.Description ?? first.Instrument.Name, isLabel: false)).Append('\n');
            text.Append("# TYPE ").Append(group.Key).Append(' ').Append(type).Append('\n');
            foreach (var one in group.OrderBy(one => one.Labels, StringComparer.Ordinal))
            {
                foreach (var (suffix, label, value) in one.Read())
                {
                    var labels = string.Join(',', ((string?[])[one.Labels, label]).Where(part => !string.IsNullOrEmpty(part)));
                    text.Append(group.Key).Append(suffix);
                    if (labels.Length > 0)
                        text.Append('{').Append(labels).Append('}');
                    text.Append(' ').Append(Number(value)).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    /// <summary>The labels of a measurement, without braces; empty values are left out, as Prometheus takes them for absent.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags)
        {
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } said)
                labels[Name(name)] = said;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value, isLabel: true)}\""));
    }

    /// <summary>A number as Prometheus reads it.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string NameOf(MetricSeries series)
    {
        var name = Name(series.Instrument.Name);
        name += series.Instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => string.Empty,
        };
        return series.IsCounter ? name + "_total" : name;
    }

    private static string Name(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private static string Escape(string text, bool isLabel)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isLabel ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
