using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>Scripts and styles, from the assembly. Their address names their content, so that a browser keeps them for ever and never has an old one.</summary>
internal static class AssetEndpoint
{
    private const string Prefix = "assets/";

    private static readonly Dictionary<string, (byte[] Content, string Version)> Assets = typeof(AssetEndpoint).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

    /// <summary>The address of an asset.</summary>
    public static string Address(string name) => $"/assets/{name}?v={Assets[name].Version}";

    /// <summary>Maps <c>/assets/{name}</c>, for everybody.</summary>
    public static void MapAssets(this IEndpointRouteBuilder pages) => pages.MapGet("/assets/{name}", (string name, HttpContext context) =>
    {
        if (!Assets.TryGetValue(name, out var asset))
            return Results.NotFound();
        context.Response.Headers.Remove("Pragma");
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Content, TypeOf(name), entityTag: new EntityTagHeaderValue($"\"{asset.Version}\""));
    }).AllowAnonymous();

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };

    private static (byte[] Content, string Version) Read(string resource)
    {
        using var stream = typeof(AssetEndpoint).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return (content, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }
}
