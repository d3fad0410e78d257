using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
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
