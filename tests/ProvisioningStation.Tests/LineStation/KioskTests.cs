using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The line worker's page over real HTTP: what it shows, what it takes, and from whom.</summary>
public sealed partial class KioskTests() : LineTest($"--Kiosk:Port={FreePort.Find()}")
{
    private const string Unmanaged = "3013-100001";

    [Fact]
    public async Task Page_ShowsTheStateInTheChosenLanguage_AndForbidsWhatIsNotItsOwn()
    {
        using var http = Open();
        await Station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null }); // the blank board gets it first
        await ShowsAsync(http, "Idle", "Scan nameplate");
        using var answer = await http.GetAsync("/");
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Scan nameplate", html, StringComparison.Ordinal);
        Assert.Contains("data-state=\"Idle\"", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
        foreach (var asset in AssetAddress().Matches(html).Select(match => match.Groups["address"].Value))
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(asset)).StatusCode);
        await http.GetAsync("/language/ja");
        Assert.Contains("lang=\"ja\"", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdict_StaysUntilItsOwnAcknowledgement_AlsoBehindARestart()
    {
        using var http = Open();
        var blocked = await Station.ScanAsync(Unmanaged);
        await ShowsAsync(http, "Blocked", "E-NMG");
        await RestartStationAsync();
        using var after = Open();
        await ShowsAsync(after, "Blocked", "E-NMG");
        await SendAsync(after, "/acknowledge", new { sequence = blocked.Sequence - 1 });
        Assert.NotNull(Station.Journal.Held);
        await SendAsync(after, "/acknowledge", new { sequence = blocked.Sequence });
        Assert.Null(Station.Journal.Held);
        Assert.Equal("Typed", (await Station.NextAsync(happened => happened.Step == StationStep.Acknowledged)).Source);
        await ShowsAsync(after, "Idle", Unmanaged);
    }

    [Fact]
    public async Task UnitThatIsAlreadyWritten_IsShownWithWhenAndWhere_AndAcknowledgedByTouch()
    {
        using var http = Open();
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        var again = await Station.ScanAsync(Number);
        await ShowsAsync(http, "Blocked", "line 1001.");
        await SendAsync(http, "/acknowledge", new { sequence = again.Sequence, touched = true });
        Assert.Equal("Touch", (await Station.NextAsync(happened => happened.Step == StationStep.Acknowledged)).Source);
    }

    [Fact]
    public async Task KeysOfAWedgeScanner_AreAScan()
    {
        using var http = Open();
        await SendAsync(http, "/keys", Number.Append('\r').Select((key, i) => new { key = key == '\r' ? "Enter" : key.ToString(), milliseconds = i * 4.5 }));
        var verdict = await Station.VerdictAsync();
        Assert.Equal((Verdict.Pass, Number, "Wedge"), (verdict.Verdict!.Value, verdict.MachineNumber, verdict.Source));
        await ShowsAsync(http, "Pass", Number);
    }

    [Fact]
    public async Task NumberTypedTwice_IsAScan_AndOneThatDiffersIsNone()
    {
        using var http = Open();
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, "/typed", new { first = Number, second = "3012-100002" })).StatusCode);
        await SendAsync(http, "/typed", new { first = Number, second = Number });
        var verdict = await Station.VerdictAsync();
        Assert.Equal((Verdict.Pass, Number, "Typed"), (verdict.Verdict!.Value, verdict.MachineNumber, verdict.Source));
    }

    [Theory]
    [InlineData("""[{"key":null,"milliseconds":1}]""")]
    [InlineData("""[{"key":"1","milliseconds":"x"}]""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task KeysThatAreNone_AreABadRequest(string keys)
    {
        using var http = Open();
        using var answer = await PostAsync(http, "/keys", new StringContent(keys, null, "application/json"), await ReadKeyAsync(http), Station.Kiosk.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task OtherPeoplesPages_CanDoNothing()
    {
        using var http = Open();
        var blocked = await Station.ScanAsync(Unmanaged);
        var (key, origin) = (await ReadKeyAsync(http), Station.Kiosk.GetLeftPart(UriPartial.Authority));
        foreach (var (sentKey, sentOrigin) in new[] { (key, "http://evil.example"), ("0123456789abcdef0123456789abcdef", origin), (null, origin), (key, null) })
        {
            using var answer = await PostAsync(http, "/acknowledge", JsonContent.Create(new { sequence = blocked.Sequence }), sentKey, sentOrigin);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.NotNull(Station.Journal.Held);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await http.SendAsync(rebound)).StatusCode);
        using var embedded = new HttpRequestMessage(HttpMethod.Get, "/screen") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(embedded)).StatusCode);
    }

    [Fact]
    public async Task NeitherListener_AnswersForTheOther()
    {
        using var http = Open();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/events")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/health")).StatusCode);
        using var handler = Pki.Part(Role.Operator, "op").CreateHandler(_ => true, "the line station");
        using var station = new HttpClient(handler) { BaseAddress = Station.Address };
        Assert.Equal(HttpStatusCode.NotFound, (await station.GetAsync("/screen")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await station.GetAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task Stream_SaysTheKey_TheScreen_AndEverySecondThatItIsThere()
    {
        using var http = Open();
        using var reader = new StreamReader(await http.GetStreamAsync("/live"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.Equal("event: hello", await reader.ReadLineAsync(limit.Token));
        Assert.Equal("data: " + await ReadKeyAsync(http), await reader.ReadLineAsync(limit.Token));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!seen.IsSupersetOf(["event: show", "event: beat"]))
            seen.Add((await reader.ReadLineAsync(limit.Token))!);
        Station.Scan(Unmanaged);
        string? line;
        do
            line = await reader.ReadLineAsync(limit.Token);
        while (line?.Contains("data-state=\"Blocked\"", StringComparison.Ordinal) == false);
        Assert.NotNull(line);
    }

    private HttpClient Open() => new() { BaseAddress = Station.Kiosk };

    private static async Task ShowsAsync(HttpClient http, string state, string text)
    {
        var html = string.Empty;
        for (var until = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < until; await Task.Delay(50))
        {
            html = await http.GetStringAsync("/screen");
            if (html.Contains($"data-state=\"{state}\"", StringComparison.Ordinal) && html.Contains(text, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"No {state} with {text} within 60 s: {html}");
    }

    private async Task SendAsync(HttpClient http, string path, object body)
    {
        using var answer = await PostAsync(http, path, body);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(HttpClient http, string path, object body) =>
        await PostAsync(http, path, JsonContent.Create(body), await ReadKeyAsync(http), Station.Kiosk.GetLeftPart(UriPartial.Authority));

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string path, HttpContent body, string? key, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        if (key is not null)
            request.Headers.Add("X-Form-Key", key);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await http.SendAsync(request);
    }

    private static async Task<string> ReadKeyAsync(HttpClient http) => FormKey().Match(await http.GetStringAsync("/")).Groups["key"].Value;

    [GeneratedRegex("data-key=\"(?<key>[0-9a-f]{32})\"")]
    private static partial Regex FormKey();

    [GeneratedRegex("(href|src)=\"(?<address>/[^\"]+\\.(css|js)[^\"]*)\"")]
    private static partial Regex AssetAddress();
}
