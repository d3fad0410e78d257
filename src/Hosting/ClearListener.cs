using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProvisioningStation.Hosting;

/// <summary>A second listener in plain HTTP, for what is signed by itself and has to be read before TLS can work (CRL and OCSP: RFC 5280, 4.2.1.13; RFC 6960, appendix A).</summary>
public static class ClearListener
{
    /// <summary>Listens without TLS.</summary>
    public static void ListenInClear(this WebApplicationBuilder builder, Tls.ListenOptions listen)
    {
        if (!IPAddress.TryParse(listen.Address, out var address))
            throw new ConfigurationException($"PublicListen:Address is '{listen.Address}'. Allowed: an IP address of this machine.");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, listen.Port, endpoint => endpoint.Protocols = HttpProtocols.Http1));
    }

    /// <summary>Answers 404 to whatever comes without TLS and is not below <paramref name="publicPaths"/>. Stands before everything else.</summary>
    public static void RefuseInClear(this WebApplication app, IReadOnlyList<string> publicPaths) => app.Use((context, next) =>
    {
        if (context.Features.Get<ITlsHandshakeFeature>() is not null || publicPaths.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
