using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.AdminApi;

/// <summary>The API describes itself: whatever is mapped is in the document and on the page.</summary>
public sealed partial class ApiDescriptionTests : IAsyncLifetime
{
    private RunningAuthority _authority = null!;
    private JsonElement _document;

    public async Task InitializeAsync()
    {
        _authority = await RunningAuthority.StartAsync();
        _document = await _authority.Http(_authority.Identity("operator")).GetFromJsonAsync<JsonElement>("api/openapi.json");
    }

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Fact]
    public void Document_IsOpenApi31_AndEveryReferenceLeadsSomewhere()
    {
        Assert.StartsWith("3.1.", _document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(_document.GetProperty("info").GetProperty("title").GetString()));
        Assert.False(string.IsNullOrEmpty(_document.GetProperty("info").GetProperty("version").GetString()));
        var references = Reference().Matches(_document.GetRawText()).Select(match => match.Groups["path"].Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var found = _document;
            foreach (var step in reference.Split('/'))
                Assert.True(found.TryGetProperty(step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out found), reference);
        });
        Assert.All(Operations(), operation =>
        {
            var parameters = operation.Node.TryGetProperty("parameters", out var all) ? all.EnumerateArray().ToList() : [];
            var inPath = Placeholder().Matches(operation.Path).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal);
            Assert.Equal(inPath, parameters.Where(one => one.GetProperty("in").GetString() == "path").Select(one => one.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
            Assert.All(parameters, one => Assert.True(one.TryGetProperty("schema", out _), operation.Path));
        });
        Assert.Equal(Operations().Count, Operations().Select(operation => operation.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void EveryMappedCall_IsDescribed_WithSummaryRolesAndRefusals()
    {
        var mapped = _authority.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(one => one.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(one => one.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {Constraint().Replace(one.RoutePattern.RawText!, "}")}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(mapped, Operations().Select(operation => $"{operation.Method} {operation.Path}").Order(StringComparer.Ordinal));
        Assert.All(Operations(), operation =>
        {
            Assert.False(string.IsNullOrEmpty(operation.Node.GetProperty("summary").GetString()), operation.Path);
            Assert.NotEmpty(operation.Node.GetProperty("x-roles").EnumerateArray());
            var responses = operation.Node.GetProperty("responses");
            Assert.Contains(responses.EnumerateObject(), response => response.Name[0] is '2');
            Assert.Equal("NotAuthorized", responses.GetProperty("403").GetProperty("content").GetProperty("application/problem+json").GetProperty("example").GetProperty("code").GetString());
        });
    }

    [Fact]
    public void Fields_AreDescribed()
    {
        var fields = _document.GetProperty("components").GetProperty("schemas").GetProperty("CertificateSummary").GetProperty("properties");
        Assert.Equal("Whose it is, such as 3012-000001.", fields.GetProperty("machineNumber").GetProperty("description").GetString());
    }

    [Fact]
    public void EveryParameter_SaysWhatItMeans() =>
        Assert.Empty(Operations().SelectMany(operation => operation.Node.TryGetProperty("parameters", out var all)
            ? all.EnumerateArray().Where(one => !one.TryGetProperty("description", out _)).Select(one => $"{operation.Id}: {one.GetProperty("name").GetString()}")
            : []));

    [Fact]
    public void IfMatch_IsPromisedWhereItIsKept()
    {
        var promised = Operations().Where(operation => operation.Node.TryGetProperty("parameters", out var all) && all.EnumerateArray().Any(one => one.GetProperty("name").GetString() == "If-Match")).ToList();
        Assert.Equal(["ApproveQuota", "RejectQuota", "WithdrawQuota"], promised.Select(operation => operation.Id).Order(StringComparer.Ordinal)); // QuotaApiTests has each of them refuse
        Assert.Equal(promised, Operations().Where(operation => operation.Node.GetProperty("responses").TryGetProperty("412", out _)), (one, other) => one.Id == other.Id);
    }

    [Fact]
    public void ExampleBodies_AreWhatTheCallsTake()
    {
        var bodies = Operations()
            .Where(operation => operation.Node.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out _))
            .ToDictionary(operation => operation.Id, operation => operation.Node.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example"), StringComparer.Ordinal);
        Assert.Equal("3012", bodies["ProposeQuota"].Deserialize<QuotaProposal>(JsonForm.Options)!.Model);
        Assert.Equal("keyCompromise", bodies["RevokeCertificates"].Deserialize<RevocationRequest>(JsonForm.Options)!.Reason);
        Assert.All(bodies.Values, body => Assert.NotEmpty(body.EnumerateObject()));
    }

    [Fact]
    public void EveryCall_IsWithinReachOfTheCommandLine()
    {
        string[] forBrowsersAndGenerators = ["GetOpenApi", "ShowReference"];
        var sources = ((string[])["CertificateAuthority", "Audit"])
            .SelectMany(folder => Directory.GetFiles(RepositoryFiles.Resolve("src/Control/" + folder), "*.cs"))
            .Select(File.ReadAllText)
            .ToList();
        var missing = Operations().Where(operation => !forBrowsersAndGenerators.Contains(operation.Id) && !sources.Exists(source => Calls(source, operation.Method, operation.Path)));
        Assert.Empty(missing.Select(operation => $"{operation.Method} {operation.Path}"));
    }

    [Fact]
    public async Task ReferencePage_ShowsEveryCall_AndLoadsNothing()
    {
        using var response = await _authority.Http(_authority.Identity("auditor")).GetAsync("api/reference");
        var html = await response.Content.ReadAsStringAsync();
        if (Environment.GetEnvironmentVariable("REFERENCE_PAGE") is { } file)
            await File.WriteAllTextAsync(file, html);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.All(Operations(), operation => Assert.Contains($"<h3 id=\"{operation.Id}\">", html, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", html);
    }

    /// <summary>Whether a command's file names the resource and everything fixed in its path, and uses the method.</summary>
    private static bool Calls(string source, string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).Where(segment => segment[0] != '{').ToList();
        string[] ways = method == "GET" ? ["GetAsync<", "GetPagesAsync<", "DownloadAsync("] : ["PostAsync<", "UploadAsync<"];
        return source.Contains($"\"api/{segments[0]}", StringComparison.Ordinal)
            && segments.Skip(1).All(segment => source.Contains($"\"{segment}\"", StringComparison.Ordinal) || source.Contains($"/{segment}\"", StringComparison.Ordinal))
            && ways.Any(way => source.Contains(way, StringComparison.Ordinal));
    }

    [GeneratedRegex("\"\\$ref\": ?\"#/(?<path>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@":[^}/]+\}", RegexOptions.None, 1000)]
    private static partial Regex Constraint();

    private List<(string Method, string Path, string Id, JsonElement Node)> Operations() =>
        [.. _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(call =>
            (call.Name.ToUpperInvariant(), path.Name, call.Value.GetProperty("operationId").GetString()!, call.Value)))];
}
