using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>
/// A second listener for people with a browser: TLS without a client certificate, because who they are is asked by name and password; or plain HTTP on loopback, for a browser at the machine itself.
/// Nothing of the other listener answers here.
/// </summary>
public static class BrowserListener
{
    private static readonly object Key = new();

    /// <summary>Listens for browsers with the program's own certificate.</summary>
    public static void ListenForBrowsers(this WebApplicationBuilder builder, TlsIdentity identity, ListenOptions listen, string section)
    {
        var terms = new TlsTerms(identity.Context, TrustedRoot: null);
        builder.ListenWithTls(() => terms, listen, section, HttpProtocols.Http1AndHttp2, static connection => connection.Items[Key] = Key);
    }

    /// <summary>Listens for browsers of this very machine, without TLS: what is sent never leaves it.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="address">A loopback address.</param>
    /// <param name="port">The port.</param>
    public static void ListenForLocalBrowsers(this WebApplicationBuilder builder, IPAddress address, int port)
    {
        if (!IPAddress.IsLoopback(address))
            throw new ArgumentOutOfRangeException(nameof(address), address, "Nothing but a loopback address is without TLS.");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.Use(next => connection =>
            {
                connection.Items[Key] = Key;
                return next(connection);
            });
        }));
    }

    /// <summary>Whether the request came in where browsers do.</summary>
    public static bool IsFromBrowser(this HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Key) == true;

    /// <summary>Answers 404 to whatever comes in at the wrong listener. Stands behind the routing.</summary>
    public static void SeparateBrowsers(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<BrowserEndpoint>() is not null == context.IsFromBrowser())
            return next(context);
        context.SetEndpoint(null);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}

/// <summary>Marks an endpoint that answers at the browsers' listener and nowhere else.</summary>
public sealed record BrowserEndpoint;
