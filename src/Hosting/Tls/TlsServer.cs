using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>
/// What a server presents and demands on one connection: its certificate and, where <paramref name="TrustedRoot"/> is set, a client certificate below that root.
/// Without a root no client certificate is asked for and the peer is anonymous. <paramref name="AdjustPolicy"/> is for who can't trust the machine's clock.
/// </summary>
public sealed record TlsTerms(SslStreamCertificateContext Certificate, X509Certificate2? TrustedRoot, Action<X509ChainPolicy>? AdjustPolicy = null);

/// <summary>The server side of mutual TLS: who connects is verified in the handshake and known to every handler as <see cref="GetPeer"/>.</summary>
public static partial class TlsServer
{
    private static readonly object PeerKey = new();

    /// <summary>Listens with <paramref name="identity"/> and requires a client certificate below its root.</summary>
    public static void ListenWithMutualTls(this WebApplicationBuilder builder, TlsIdentity identity, ListenOptions listen)
    {
        var terms = new TlsTerms(identity.Context, identity.Root);
        builder.ListenWithTls(() => terms, listen);
    }

    /// <summary>Listens with terms that are asked for anew at every handshake.</summary>
    public static void ListenWithTls(this WebApplicationBuilder builder, Func<TlsTerms> terms, ListenOptions listen) =>
        builder.ListenWithTls(terms, listen, "Listen", HttpProtocols.Http1, static _ => { });

    /// <summary>Listens, and lets <paramref name="connected"/> note on each connection where it came in; <paramref name="section"/> is the configuration's name for it.</summary>
    internal static void ListenWithTls(
        this WebApplicationBuilder builder, Func<TlsTerms> terms, ListenOptions listen, string section, HttpProtocols protocols, Action<ConnectionContext> connected)
    {
        if (!IPAddress.TryParse(listen.Address, out var address))
            throw new ConfigurationException($"{section}:Address is '{listen.Address}'. Allowed: an IP address of this machine.");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, listen.Port, endpoint =>
        {
            var logger = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TlsServer).FullName!);
            endpoint.Protocols = protocols;
            endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(5),
                OnConnection = context =>
                {
                    connected(context.Connection);
                    return ValueTask.FromResult(ServerOptions(terms(), context, logger));
                },
            });
        }));
    }

    /// <summary>The peer of this request, verified in the handshake.</summary>
    public static PeerIdentity GetPeer(this HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(PeerKey, out var peer) == true && peer is PeerIdentity identity
            ? identity
            : PeerIdentity.Anonymous;

    private static SslServerAuthenticationOptions ServerOptions(TlsTerms terms, TlsHandshakeCallbackContext context, ILogger logger)
    {
        var connection = context.Connection;
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = terms.Certificate,
            AllowTlsResume = false,
        };
        if (terms.TrustedRoot is not { } root)
            return options;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = PeerVerification.PolicyForClients(root);
        terms.AdjustPolicy?.Invoke(options.CertificateChainPolicy);
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            var peer = PeerVerification.Identify(certificate, chain, errors, out var problem);
            if (peer is null)
            {
                LogRefused(logger, connection.RemoteEndPoint?.ToString() ?? "unknown", problem);
                return false;
            }

            connection.Items[PeerKey] = peer;
            return true;
        };
        return options;
    }

    [LoggerMessage(110, LogLevel.Warning, "Refused a connection from {Address}: {Problem}")]
    private static partial void LogRefused(ILogger logger, string address, string problem);
}
