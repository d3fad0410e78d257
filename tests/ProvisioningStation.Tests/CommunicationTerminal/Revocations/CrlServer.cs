using System.Collections.Concurrent;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CommunicationTerminal.Revocations;

/// <summary>A place in clear where CRLs can be had, written by the platform's own writer.</summary>
internal sealed class CrlServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<int, byte[]> _served = new();

    private CrlServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/crl/devices-{issuer:int}.crl", (int issuer) => _served.TryGetValue(issuer, out var crl) ? Results.Bytes(crl, "application/pkix-crl") : Results.NotFound());
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/crl/devices-{issuer}.crl";

    public static async Task<CrlServer> StartAsync()
    {
        var server = new CrlServer();
        await server._app.StartAsync();
        return server;
    }

    public void Serve(byte[] crl, int generation = 1) => _served[generation] = crl;

    /// <summary>Makes and serves a CRL with <paramref name="entries"/>.</summary>
    public void Serve(int number, DateTimeOffset now, TestPki? pki = null, TimeSpan? validity = null, params (byte[] Certificate, X509RevocationReason Reason)[] entries)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (der, reason) in entries)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            builder.AddEntry(certificate, now, reason);
        }

        Serve(builder.Build((pki ?? TestPki.Shared).DevicesIssuing, new BigInteger(number), now + (validity ?? TimeSpan.FromDays(3)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, now));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
