using System.Globalization;
using System.Text;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>The path of an API call with its query: <c>ApiPath.Of("api/quotas", id).With("model", "3012")</c>. Every value is escaped; one that is null is left out.</summary>
public sealed class ApiPath
{
    private readonly string _path;
    private readonly IReadOnlyList<(string Name, string Value)> _query;

    private ApiPath(string path, IReadOnlyList<(string Name, string Value)> query)
    {
        _path = path;
        _query = query;
    }

    /// <summary>The path <paramref name="route"/> with further segments, such as an id and what to do with it.</summary>
    public static ApiPath Of(string route, params object[] segments) => new(string.Join('/', [route, .. segments.Select(segment => Uri.EscapeDataString(Text(segment)))]), []);

    /// <summary>The same with one query value set; null takes it away.</summary>
    public ApiPath With(string name, object? value)
    {
        var others = _query.Where(pair => pair.Name != name);
        return new ApiPath(_path, value is null ? [.. others] : [.. others, (name, Text(value))]);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(_path);
        foreach (var (name, value) in _query)
            text.Append(text.Length == _path.Length ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return text.ToString();
    }

    private static string Text(object value) => value switch
    {
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}
