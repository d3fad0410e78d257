using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography.Pkcs;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Tests.CertificateAuthority.Enrollment;

/// <summary>A device, or another part, that speaks EST: a certificate, its key, and a client that presents them.</summary>
internal sealed class EnrollingDevice(RunningAuthority ca, byte[] certificate, ECDsa key, IReadOnlyList<byte[]> issuing, byte[] root)
{
    private readonly Lazy<HttpClient> _http = new(() => ca.Http(Identity(certificate, key, issuing, root)));

    public byte[] Certificate { get; } = certificate;

    public ECDsa Key { get; } = key;

    public string Subject { get; } = SubjectOf(certificate);

    public HttpClient Http => _http.Value;

    /// <summary>A device with a certificate and key of the CA's making.</summary>
    public static async Task<EnrollingDevice> IssueAsync(RunningAuthority ca, MachineNumber number)
    {
        var pack = (await ca.IssueAsync(RequestId.New(), number)).Single();
        return Of(ca, pack);
    }

    public static EnrollingDevice Of(RunningAuthority ca, CertificatePack pack)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
        return new EnrollingDevice(ca, pack.ClientCertificate, key, pack.IssuingCertificates, pack.RootCertificate);
    }

    /// <summary>The same device once it has stored its next certificate.</summary>
    public EnrollingDevice With(byte[] next, ECDsa nextKey) => new(ca, next, nextKey, issuing, root);

    /// <summary>Asks for the next certificate.</summary>
    public Task<HttpResponseMessage> RenewAsync(byte[] request, string operation = "simplereenroll") => PostAsync(Http, request, operation);

    /// <summary>Asks for the next certificate and gets it.</summary>
    public async Task<byte[]> RenewedAsync(byte[] request)
    {
        using var response = await RenewAsync(request);
        Xunit.Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await CertificateInAsync(response);
    }

    public static async Task<HttpResponseMessage> PostAsync(HttpClient http, byte[] request, string operation)
    {
        using var content = new StringContent(Convert.ToBase64String(request, Base64FormattingOptions.InsertLineBreaks), Encoding.ASCII);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        return await http.PostAsync($".well-known/est/{operation}", content);
    }

    /// <summary>The one certificate of a certs-only answer.</summary>
    public static async Task<byte[]> CertificateInAsync(HttpResponseMessage response)
    {
        Xunit.Assert.Equal("application/pkcs7-mime; smime-type=certs-only", response.Content.Headers.ContentType?.ToString());
        var only = Xunit.Assert.Single(await CertificatesInAsync(response));
        return only.RawData;
    }

    public static async Task<X509Certificate2Collection> CertificatesInAsync(HttpResponseMessage response)
    {
        Xunit.Assert.Equal("base64", response.Content.Headers.TryGetValues("Content-Transfer-Encoding", out var encoding) ? encoding.Single() : response.Headers.GetValues("Content-Transfer-Encoding").Single());
        var cms = new SignedCms();
        cms.Decode(Convert.FromBase64String(await response.Content.ReadAsStringAsync()));
        Xunit.Assert.Empty(cms.SignerInfos);
        return cms.Certificates;
    }

    private static string SubjectOf(byte[] encoded)
    {
        using var loaded = X509CertificateLoader.LoadCertificate(encoded);
        return loaded.Subject;
    }

    private static TlsIdentity Identity(byte[] encoded, ECDsa privateKey, IReadOnlyList<byte[]> above, byte[] anchor)
    {
        using var loaded = X509CertificateLoader.LoadCertificate(encoded);
        return new TlsIdentity(
            loaded.CopyWithPrivateKey(privateKey),
            [.. above.Select(one => X509CertificateLoader.LoadCertificate(one))],
            X509CertificateLoader.LoadCertificate(anchor));
    }
}
