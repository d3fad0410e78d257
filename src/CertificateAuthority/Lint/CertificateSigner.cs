using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>What a certificate must agree with: the CA that is to sign it.</summary>
/// <param name="Name">Its subject, DER.</param>
/// <param name="KeyIdentifier">Its key identifier.</param>
/// <param name="SignatureAlgorithm">The AlgorithmIdentifier of what it signs, DER.</param>
/// <param name="NotBefore">When its own certificate begins.</param>
/// <param name="NotAfter">When its own certificate ends.</param>
internal sealed record CertificateSigner(byte[] Name, byte[] KeyIdentifier, byte[] SignatureAlgorithm, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>The CA of <paramref name="certificate"/>.</summary>
    public static CertificateSigner Of(X509Certificate2 certificate) => new(
        certificate.SubjectName.RawData,
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
        SigningKeys.SignatureAlgorithm.Of(certificate).Encoded.ToArray(),
        ValidityOf(certificate).NotBefore,
        ValidityOf(certificate).NotAfter);

    /// <summary>When <paramref name="certificate"/> begins and ends, as it says itself: .NET gives local times, in which 99991231235959Z does not exist east of Greenwich.</summary>
    public static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) ValidityOf(X509Certificate2 certificate)
    {
        var fields = new DerReader(SignedCertificate.ToBeSignedIn(certificate.RawData)).Inside(DerReader.Sequence);
        fields.TryRead(0xA0, out _);
        fields.Read(DerReader.Integer);
        fields.Read(DerReader.Sequence);
        fields.Read(DerReader.Sequence);
        var validity = fields.Inside(DerReader.Sequence);
        return (CertificateTime.Read(ref validity).Moment, CertificateTime.Read(ref validity).Moment);
    }

    /// <summary>An issuing CA of ours.</summary>
    public static CertificateSigner Of(IssuingCa issuer) => new(
        issuer.Subject.ToArray(),
        issuer.KeyIdentifier.ToArray(),
        issuer.SignatureAlgorithm.Encoded.ToArray(),
        issuer.NotBefore,
        issuer.NotAfter);
}
