using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>An operator's calls, one after the other over one connection, each timed until the last octet of its answer.</summary>
internal static class StoreCalls
{
    private const int WarmUp = 300;
    private const int Lookups = 3000;
    private const int PagesPerFilter = 25;

    public static async Task<List<double>> LookUpAsync(HttpClient http, IReadOnlyList<string> serials, CancellationToken cancellationToken)
    {
        var milliseconds = new List<double>(Lookups);
        for (var i = -WarmUp; i < Lookups; i++)
        {
            var serial = serials[Random.Shared.Next(serials.Count)];
            var started = Stopwatch.GetTimestamp();
            var answer = await http.GetByteArrayAsync($"api/certificates/{serial}", cancellationToken);
            if (i >= 0)
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (answer.AsSpan().IndexOf(Encoding.ASCII.GetBytes(serial)) < 0)
                throw new InvalidOperationException("A lookup did not give the certificate that was asked for.");
        }

        return milliseconds;
    }

    /// <summary>The pages of every filter, from the first one on: all times, and the filter whose slowest page took longest.</summary>
    public static async Task<(List<double> Milliseconds, string Slowest)> ListAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var byFilter = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        foreach (var filter in Filters())
            _ = await PageAsync(http, filter, null, cancellationToken); // each once, unmeasured: code and statements are new to the process
        foreach (var filter in Filters())
        {
            var milliseconds = byFilter[filter] = [];
            string? cursor = null;
            for (var page = 0; page < PagesPerFilter; page++)
            {
                var started = Stopwatch.GetTimestamp();
                cursor = await PageAsync(http, filter, cursor, cancellationToken);
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        var slowest = byFilter.MaxBy(filter => Figures.Median(filter.Value));
        return ([.. byFilter.Values.SelectMany(times => times)], $"slowest filter {slowest.Key}, median {Figures.Median(slowest.Value):F1} ms");
    }

    private static async Task<string?> PageAsync(HttpClient http, string filter, string? cursor, CancellationToken cancellationToken)
    {
        var page = await http.GetFromJsonAsync<JsonElement>($"api/certificates?{filter}{(cursor is null ? string.Empty : "&cursor=" + Uri.EscapeDataString(cursor))}", cancellationToken);
        return page.TryGetProperty("next", out var next) ? next.GetString() : null;
    }

    /// <summary>Each filter alone, and together with others: of an index and against it, with many, few and no certificates that fit.</summary>
    private static string[] Filters()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (early, late) = (Day(now.AddDays(-300)), Day(now.AddDays(-30)));
        var (ends, endsLate) = (Day(now.AddDays(10950 - 300)), Day(now.AddDays(10950 - 30)));
        return
        [
            "limit=100",
            "model=3020",
            "from=3020-050000",
            "to=4100-050000",
            "from=3020-050000&to=3020-060000",
            "state=Reserved",
            "state=Issued",
            "state=Fetched",
            "state=Written",
            "state=Superseded",
            "state=Revoked",
            "factory=F2",
            "factory=F9",
            $"issuedFrom={late}",
            $"issuedTo={early}",
            $"issuedFrom={early}&issuedTo={late}",
            $"expiresFrom={endsLate}",
            $"expiresTo={ends}",
            "model=3020&state=Revoked",
            "model=3020&factory=F3",
            "factory=F2&state=Revoked",
            "factory=F2&model=3020",
            $"factory=F2&issuedFrom={early}&issuedTo={late}",
            $"factory=F3&expiresFrom={ends}&expiresTo={endsLate}",
            $"model=B001&state=Fetched&factory=F2&issuedFrom={early}&expiresTo={endsLate}",
        ];
    }

    private static string Day(DateTimeOffset day) => day.ToString("yyyy-MM-dd'T'00:00:00'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
