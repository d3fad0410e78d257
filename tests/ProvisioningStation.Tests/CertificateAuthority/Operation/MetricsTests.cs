using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>Metrics in the form that Prometheus reads, and what live and ready say.</summary>
public sealed partial class MetricsTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Page_IsWellFormedAndCountsWhatHappened()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 7));
        var samples = Parse(await MetricsAsync());
        Assert.Equal(7, samples["ca_certificates_total{event=\"Issued\",factory=\"F1\",model=\"3012\"}"]);
        Assert.Equal(7, samples["ca_keys_held"]);
        Assert.Equal(0, samples["ca_signing_stopped"]);
        Assert.True(samples["ca_audit_entries_total"] >= 2);
        Assert.True(samples["ca_store_size_bytes{file=\"ledger\"}"] > 100);
        Assert.True(samples["ca_disk_free_bytes"] > 0);
        Assert.Contains(samples.Keys, key => key.StartsWith("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal) && key.Contains("http_route=\"/soap\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Buckets_GrowAndEndWithTheCount()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        var samples = Parse(await MetricsAsync());
        var buckets = samples.Where(sample => sample.Key.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal) && sample.Key.Contains("\"/soap\"", StringComparison.Ordinal)).ToList();
        var ordered = buckets.OrderBy(bucket => Bound().Match(bucket.Key).Groups["bound"].Value is "+Inf" ? double.MaxValue : double.Parse(Bound().Match(bucket.Key).Groups["bound"].Value, CultureInfo.InvariantCulture)).Select(bucket => bucket.Value).ToList();
        Assert.Equal(14, ordered.Count);
        Assert.Equal(ordered.Order(), ordered);
        Assert.Equal(1, ordered[^1]);
    }

    [Fact]
    public async Task OthersThanOperators_GetNoMetrics()
    {
        foreach (var part in new[] { "communication-terminal", "approver" })
            Assert.Equal(HttpStatusCode.Forbidden, (await _ca.Http(_ca.Identity(part)).GetAsync("metrics")).StatusCode);
        using var clear = new HttpClient { BaseAddress = _ca.PublicAddress };
        Assert.Equal(HttpStatusCode.NotFound, (await clear.GetAsync("metrics")).StatusCode);
    }

    [Fact]
    public async Task ClosedGate_IsLiveAndNotReady()
    {
        Assert.Equal(HttpStatusCode.OK, (await Http().GetAsync("health/ready")).StatusCode);
        _ca.Services.GetRequiredService<SigningGate>().Stop("a test wants it.");
        using var ready = await Http().GetAsync("health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("Nothing is signed: a test wants it.", (await ready.Content.ReadFromJsonAsync<ReadinessAnswer>(JsonForm.Options))!.Problems["signing"]);
        Assert.Equal(HttpStatusCode.OK, (await Http().GetAsync("health/live")).StatusCode);
        Assert.Equal(1, Parse(await MetricsAsync())["ca_signing_stopped"]);
    }

    [Fact]
    public async Task DiskThatIsNearlyFull_IsNotReady()
    {
        await using var ca = await StartAsync("--Integrity:DiskReserve=1000000");
        using var ready = await ca.Http(ca.Identity("operator")).GetAsync("health/ready");
        Assert.Equal(["disk"], (await ready.Content.ReadFromJsonAsync<ReadinessAnswer>(JsonForm.Options))!.Problems.Keys);
    }

    private HttpClient Http() => _ca.Http(_ca.Identity("operator"));

    private async Task<string> MetricsAsync()
    {
        using var answer = await Http().GetAsync("metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.ToString());
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>The text format 0.0.4: each family with HELP and TYPE once, before its samples; names, labels and numbers of the allowed form; no sample twice.</summary>
    private static Dictionary<string, double> Parse(string page)
    {
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var families = new Dictionary<string, string>(StringComparer.Ordinal);
        var (family, type) = (string.Empty, string.Empty);
        foreach (var line in page.Split('\n')[..^1])
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                if (comment.Groups["kind"].Value == "HELP")
                {
                    family = comment.Groups["name"].Value;
                    continue;
                }

                Assert.Equal(family, comment.Groups["name"].Value);
                type = comment.Groups["rest"].Value;
                Assert.Contains(type, new[] { "counter", "gauge", "histogram" });
                Assert.True(families.TryAdd(family, type), $"{family} comes twice");
                continue;
            }

            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            var name = sample.Groups["name"].Value;
            Assert.Contains(name, type == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : new[] { family });
            Assert.True(type != "counter" || name.EndsWith("_total", StringComparison.Ordinal), name);
            var number = sample.Groups["value"].Value;
            Assert.True(samples.TryAdd(name + sample.Groups["labels"].Value, double.Parse(number, CultureInfo.InvariantCulture)), $"{line} comes twice");
        }

        return samples;
    }

    [GeneratedRegex("^# (?<kind>HELP|TYPE) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*")*\})? (?<value>[-+]?([0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?))$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();

    [GeneratedRegex("le=\"(?<bound>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bound();
}
