using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>What EST hands out: certificates as certs-only CMS, and what a request should hold.</summary>
internal sealed class EstDocuments(TlsIdentity identity, IssuingCas issuers, CertificateProfiles profiles)
{
    /// <summary>The root and every generation of the issuing CA for devices (RFC 7030, 4.1.3).</summary>
    public byte[] CaCertificates { get; } = CertificatesOnly([identity.Root.RawData, .. issuers.All.SelectMany(issuer => issuer.Chain)]);

    /// <summary>CMS SignedData without content and signer, only with certificates (RFC 5272, 4.1).</summary>
    public static byte[] CertificatesOnly(IEnumerable<byte[]> certificates)
    {
        X509Certificate2[] loaded = [.. certificates.Select(X509CertificateLoader.LoadCertificate)];
        var collection = new X509Certificate2Collection(loaded);
        var encoded = collection.Export(X509ContentType.Pkcs7)!;
        foreach (var certificate in loaded)
            certificate.Dispose();
        return encoded;
    }

    /// <summary>The kind of key and the signature that a model's request should have (CsrAttrs, RFC 7030, 4.5.2).</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public byte[] RequestAttributes(ModelCode model)
    {
        _ = profiles.Of(model);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.EcPublicKey);
                using (writer.PushSetOf())
                    writer.WriteObjectIdentifier(Oids.P256);
            }

            writer.WriteObjectIdentifier(Oids.EcdsaWithSha256);
        }

        return writer.Encode();
    }
}
