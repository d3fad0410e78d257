using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Revocation.Crl;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>What the tests of revocation ask a running CA.</summary>
internal static class RevokingAuthority
{
    /// <summary>Calls <c>POST /api/revocations</c> as <paramref name="part"/>.</summary>
    public static async Task<HttpResponseMessage> PostAsync(this RunningAuthority ca, RevocationRequest request, string part = "administrator") =>
        await ca.Http(ca.Identity(part)).PostAsJsonAsync("/api/revocations", request, JsonForm.Options);

    /// <summary>Revokes what must be revocable.</summary>
    public static async Task<RevocationAnswer> RevokeAsync(this RunningAuthority ca, RevocationRequest request)
    {
        using var response = await ca.PostAsync(request);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<RevocationAnswer>(JsonForm.Options))!;
    }

    /// <summary>Issues one certificate.</summary>
    public static async Task<X509Certificate2> IssueOneAsync(this RunningAuthority ca, MachineNumber number) =>
        X509CertificateLoader.LoadCertificate((await ca.IssueAsync(RequestId.New(), number)).Single().ClientCertificate);

    /// <summary>The first column of the rows.</summary>
    public static List<T> Query<T>(this RunningAuthority ca, string sql) => ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<T>(sql).AsList());

    /// <summary>Makes a CRL now and gives it as it is served.</summary>
    public static async Task<byte[]> PublishCrlAsync(this RunningAuthority ca)
    {
        var publisher = ca.Services.GetRequiredService<CrlPublisher>();
        await publisher.PublishAsync(publisher.Issuers.Last(), "test", CancellationToken.None);
        return await ca.FetchAsync("/crl/devices-1.crl");
    }

    /// <summary>What stands under a path of the public listener.</summary>
    public static async Task<byte[]> FetchAsync(this RunningAuthority ca, string path)
    {
        using var http = new HttpClient { BaseAddress = ca.PublicAddress };
        return await http.GetByteArrayAsync(path);
    }

    public static string Serial(this X509Certificate2 certificate) => certificate.SerialNumber.ToLowerInvariant();
}
