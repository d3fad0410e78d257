using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.CertificateAuthority.Revocation.Crl;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>A CRL with 10,000 entries, and OCSP over plain HTTP with and without a nonce, client and CA on the same cores.</summary>
internal static class RevocationRates
{
    private const int Count = 10_000;
    private const int Asked = 1000;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Figures figures, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("ca-scale-").FullName;
        string[] arguments =
        [
            "--config", Path.Combine(AppContext.BaseDirectory, "station-config", "certificate-authority.json"),
            "--data", Path.Combine(directory, "certificate-authority"),
            "--Listen:Port=0", "--PublicListen:Port=0", "--Log:Level=Warning", "--Ceremony:Demonstration=true", "--Quotas:Required=false",
        ];
        CeremonyCommand.Run(arguments);
        await using (var app = CertificateAuthorityApp.Build(arguments))
        {
            await app.StartAsync(cancellationToken);
            var serials = await IssueAsync(app, "A123", Asked, cancellationToken);
            await MeasureOcspAsync(app, serials, figures, cancellationToken);
            await MeasureCrlAsync(app, figures, cancellationToken);
            await app.StopAsync(cancellationToken);
        }

        Directory.Delete(directory, recursive: true);
        if (await OpensslOcspPeer.MeasureAsync(Duration, cancellationToken) is { } peer)
            figures.Add("openssl_ocsp_per_second", peer, "answers/s", "openssl ocsp -index -multi, 1,000 certificates, a nonce each");
        else
            Console.WriteLine("openssl is not installed here; its figure is left out.");
    }

    private static async Task MeasureOcspAsync(WebApplication app, List<byte[]> serials, Figures figures, CancellationToken cancellationToken)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(listened => new Uri(listened)).Single(listened => listened.Scheme == "http");
        var server = new IPEndPoint(IPAddress.Loopback, address.Port);
        using var issuer = X509CertificateLoader.LoadCertificate(app.Services.GetRequiredService<IssuingCas>().Active.Chain[0]);
        foreach (var (name, withNonce, remark) in new[] { ("ocsp_per_second", true, "a nonce each: looked up and signed each time"), ("ocsp_kept_per_second", false, "without a nonce: the answer kept for minutes") })
        {
            var requests = serials.ConvertAll(serial => OcspLoad.About(issuer, serial, withNonce));
            figures.Add(name, await OcspLoad.MeasureAsync(server, "/ocsp", requests, Duration, cancellationToken), "answers/s", $"{Asked} certificates, {remark}");
        }
    }

    private static async Task MeasureCrlAsync(WebApplication app, Figures figures, CancellationToken cancellationToken)
    {
        var (store, publisher) = (app.Services.GetRequiredService<RevocationStore>(), app.Services.GetRequiredService<CrlPublisher>());
        var id = RequestId.New();
        await IssueAsync(app, "3012", Count, cancellationToken, id);
        var started = Stopwatch.GetTimestamp();
        await store.RevokeAsync(new RevocationTarget(TargetKind.RequestId, id.ToString()), RevocationReason.PrivilegeWithdrawn, null, "benchmark", dryRun: false, cancellationToken);
        figures.Add("revoke_10000_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds, "s", "a batch in one transaction, on the disk");
        var rounds = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            started = Stopwatch.GetTimestamp();
            await publisher.PublishAsync(publisher.Issuers.Last(), "benchmark", cancellationToken);
            rounds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        figures.Add("crl_10000_seconds", Figures.Median(rounds), "s", "read, signed, stored, served; median of 5");
    }

    private static async Task<List<byte[]>> IssueAsync(WebApplication app, string model, int count, CancellationToken cancellationToken, RequestId? id = null)
    {
        var numbers = Enumerable.Range(1, count).Select(serial => new MachineNumber(ModelCode.Parse(model), serial)).ToArray();
        var serials = new List<byte[]>(count);
        await foreach (var slice in await app.Services.GetRequiredService<CertificateIssuer>().IssueAsync(new IssuanceOrder(id ?? RequestId.New(), OrderKind.Issue, "F1", numbers), cancellationToken))
        {
            foreach (var pack in slice)
            {
                using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
                serials.Add(certificate.SerialNumberBytes.ToArray());
            }
        }

        return serials;
    }
}
