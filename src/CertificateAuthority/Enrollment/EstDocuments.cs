using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

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
        var key = profiles.Of(model).Content.Key;
        var isRsa = key is KeyAlgorithm.Rsa2048 or KeyAlgorithm.Rsa3072;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(isRsa ? Oids.RsaEncryption : Oids.EcPublicKey);
                using (writer.PushSetOf())
                {
                    if (isRsa)
                        writer.WriteInteger(key == KeyAlgorithm.Rsa2048 ? 2048 : 3072);
                    else
                        writer.WriteObjectIdentifier(key == KeyAlgorithm.EcP256 ? Oids.P256 : Oids.P384);
                }
            }

            writer.WriteObjectIdentifier(key switch
            {
                KeyAlgorithm.EcP256 => Oids.EcdsaWithSha256,
                KeyAlgorithm.EcP384 => Oids.EcdsaWithSha384,
                _ => Oids.Sha256WithRsaEncryption,
            });
        }

        return writer.Encode();
    }
}
