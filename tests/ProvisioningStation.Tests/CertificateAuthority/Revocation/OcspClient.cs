using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.X509;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>An OCSP client of BouncyCastle's making: requests of any form, answers read and checked by code that we did not write.</summary>
internal sealed class OcspClient(RunningAuthority ca) : IDisposable
{
    public const string Sha1 = CertificateID.HashSha1;
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";

    private readonly HttpClient _http = new() { BaseAddress = ca.PublicAddress };
    private readonly Org.BouncyCastle.X509.X509Certificate _issuer = new X509CertificateParser().ReadCertificate(Issuer(ca));

    /// <summary>A request about serial numbers.</summary>
    public byte[] Request(IEnumerable<string> serials, byte[]? nonce = null, string hash = Sha1)
    {
        var generator = new OcspReqGenerator();
        foreach (var serial in serials)
            generator.AddRequest(new CertificateID(hash, _issuer, new BigInteger(serial, 16)));
        if (nonce is not null)
            AddExtension(generator, OcspObjectIdentifiers.PkixOcspNonce, critical: false, new DerOctetString(nonce));
        return generator.Generate().GetEncoded();
    }

    /// <summary>A request with one extension.</summary>
    public byte[] RequestWith(string serial, DerObjectIdentifier type, bool critical, Asn1Encodable value)
    {
        var generator = new OcspReqGenerator();
        generator.AddRequest(new CertificateID(Sha1, _issuer, new BigInteger(serial, 16)));
        AddExtension(generator, type, critical, value);
        return generator.Generate().GetEncoded();
    }

    public async Task<HttpResponseMessage> PostAsync(byte[] request, string type = "application/ocsp-request")
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await _http.PostAsync("/ocsp", content);
    }

    public Task<HttpResponseMessage> GetAsync(byte[] request) => _http.GetAsync("/ocsp/" + Uri.EscapeDataString(Convert.ToBase64String(request)));

    /// <summary>The response status of RFC 6960.</summary>
    public async Task<int> StatusAsync(byte[] request) => (await ReadAsync(await PostAsync(request))).Status;

    /// <summary>The whole answer, its signature and its responder checked.</summary>
    public async Task<BasicOcspResp> AskAsync(byte[] request)
    {
        var response = await ReadAsync(await PostAsync(request));
        Assert.Equal(OcspRespStatus.Successful, response.Status);
        return Check((BasicOcspResp)response.GetResponseObject());
    }

    /// <summary>What is said of one certificate: <c>good</c>, <c>unknown</c>, or <c>revoked</c> with its reason's code.</summary>
    public async Task<string> AskAsync(string serial, byte[]? nonce = null, string hash = Sha1) => Say((await AskAsync(Request([serial], nonce, hash))).Responses.Single());

    public static string Say(SingleResp single) => single.GetCertStatus() switch
    {
        null => "good",
        RevokedStatus revoked => revoked.HasRevocationReason ? $"revoked {revoked.RevocationReason}" : "revoked",
        _ => "unknown",
    };

    public static async Task<OcspResp> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/ocsp-response", response.Content.Headers.ContentType!.MediaType);
        return new OcspResp(await response.Content.ReadAsByteArrayAsync());
    }

    public BasicOcspResp Check(BasicOcspResp answer)
    {
        var responder = Assert.Single(answer.GetCerts());
        responder.Verify(_issuer.GetPublicKey());
        Assert.True(answer.Verify(responder.GetPublicKey()));
        Assert.Contains("1.3.6.1.5.5.7.3.9", responder.GetExtendedKeyUsage().Cast<string>());
        Assert.NotNull(responder.GetExtensionValue(OcspObjectIdentifiers.PkixOcspNocheck));
        Assert.Equal(Sha1OfKey(responder), answer.ResponderId.ToAsn1Object().GetKeyHash());
        return answer;
    }

    public void Dispose() => _http.Dispose();

    private static byte[] Issuer(RunningAuthority ca)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(ca.Data, "devices-issuing.pem")));
        return certificate.RawData;
    }

    private static void AddExtension(OcspReqGenerator generator, DerObjectIdentifier type, bool critical, Asn1Encodable value)
    {
        var extensions = new X509ExtensionsGenerator();
        extensions.AddExtension(type, critical, value);
        generator.SetRequestExtensions(extensions.Generate());
    }

    private static byte[] Sha1OfKey(Org.BouncyCastle.X509.X509Certificate certificate)
    {
        var key = certificate.CertificateStructure.SubjectPublicKeyInfo.PublicKeyData.GetBytes();
        var digest = new Sha1Digest();
        digest.BlockUpdate(key, 0, key.Length);
        var hash = new byte[digest.GetDigestSize()];
        digest.DoFinal(hash, 0);
        return hash;
    }
}
