using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace ProvisioningStation.Hosting.Pages;

/// <summary>
/// The scripts and styles of a program's pages, from its assembly, and those that all programs share, from this one. Their address names their content, so that a browser keeps them for ever and
/// never has an old one.
/// </summary>
public sealed class PageAssets(Assembly program)
{
    private const string Prefix = "assets/";

    private readonly Dictionary<string, (byte[] Content, string Version)> _assets = Read(program).Concat(Read(typeof(PageAssets).Assembly)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The address of an asset.</summary>
    public string Address(string name) => $"/{Prefix}{name}?v={_assets[name].Version}";

    /// <summary>Maps <c>/assets/{name}</c>.</summary>
    public RouteHandlerBuilder Map(IEndpointRouteBuilder pages) => pages.MapGet("/assets/{name}", (string name, HttpContext context) =>
    {
        if (!_assets.TryGetValue(name, out var asset))
            return Results.NotFound();
        context.Response.Headers.Remove("Pragma");
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Content, TypeOf(name), entityTag: new EntityTagHeaderValue($"\"{asset.Version}\""));
    });

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };

    private static IEnumerable<KeyValuePair<string, (byte[] Content, string Version)>> Read(Assembly assembly) => assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(name => KeyValuePair.Create(name[Prefix.Length..], Read(assembly, name)));

    private static (byte[] Content, string Version) Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return (content, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }
}
