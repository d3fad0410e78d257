using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>
/// A delegated responder (RFC 6960, 4.2.2.2): a key of its own on P-256 and a short-lived certificate of the issuing CA it answers for, so that the CA's own key, which may be in an
/// HSM, signs once in days and not for every question.
/// </summary>
internal sealed class OcspResponder : IDisposable
{
    private static readonly TimeSpan Backdate = TimeSpan.FromHours(1);

    private readonly IssuingCa _signer;

    private OcspResponder(int issuer, X509Certificate2 certificate, ECParameters key)
    {
        _signer = new IssuingCa(issuer, certificate, () => ECDsa.Create(key));
        KeyHash = HashOf(certificate.PublicKey);
        SerialNumber = certificate.SerialNumber.ToLowerInvariant();
    }

    /// <summary>Its certificate, DER.</summary>
    public byte[] Certificate => _signer.Chain[0];

    /// <summary>The serial number of its certificate.</summary>
    public string SerialNumber { get; }

    /// <summary>SHA-1 of its public key: the responder's name in an answer (RFC 6960, 4.2.1, KeyHash).</summary>
    public byte[] KeyHash { get; }

    /// <summary>From when on it may answer.</summary>
    public DateTimeOffset NotBefore => _signer.NotBefore;

    /// <summary>Until when its answers are believed.</summary>
    public DateTimeOffset NotAfter => _signer.NotAfter;

    /// <summary>The AlgorithmIdentifier of its signatures, DER.</summary>
    public ReadOnlySpan<byte> SignatureAlgorithm => _signer.SignatureAlgorithm.Encoded;

    /// <summary>Signs, on any number of threads.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _signer.Sign(data);

    /// <summary>What <see cref="Make"/> will certify, for the record that is written before.</summary>
    public static CertificateRequest Request(IssuingCa issuer, ECDsa key)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"OCSP responder devices-{issuer.Number}");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        Span<byte> identifier = stackalloc byte[PublicKeyInfo.KeyIdentifierSize];
        PublicKeyInfo.KeyIdentifier(request.PublicKey.ExportSubjectPublicKeyInfo(), identifier);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Oids.OcspSigning)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(identifier, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer.KeyIdentifier.Span));
        request.CertificateExtensions.Add(new X509Extension(new Oid(Oids.OcspNoCheck), [0x05, 0x00], critical: false)); // RFC 6960, 4.2.2.2.1: NULL
        return request;
    }

    /// <summary>The responder's certificate, signed by <paramref name="issuer"/> and inside its validity.</summary>
    public static X509Certificate2 Make(IssuingCa issuer, CertificateRequest request, SerialNumber serialNumber, DateTimeOffset now, TimeSpan validity)
    {
        var notBefore = now - Backdate > issuer.NotBefore ? now - Backdate : issuer.NotBefore;
        var notAfter = now + validity < issuer.NotAfter ? now + validity : issuer.NotAfter;
        return request.Create(new X500DistinguishedName(issuer.Subject.Span), new IssuerSignature(issuer), notBefore, notAfter, serialNumber.ToBytes());
    }

    /// <summary>The responder of stored files; null where they are not those of a responder of <paramref name="issuer"/> that is valid at <paramref name="now"/>.</summary>
    public static OcspResponder? Open(IssuingCa issuer, X509Certificate2 certificate, ECDsa key, DateTimeOffset now)
    {
        using var own = certificate.GetECDsaPublicKey();
        var belongs = own is not null
            && own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())
            && certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.Subject.Span)
            && certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().SingleOrDefault()?.KeyIdentifier is { } identifier
            && identifier.Span.SequenceEqual(issuer.KeyIdentifier.Span);
        return belongs && now.UtcDateTime >= certificate.NotBefore.ToUniversalTime() && now.UtcDateTime < certificate.NotAfter.ToUniversalTime()
            ? new OcspResponder(issuer.Number, certificate, key.ExportParameters(includePrivateParameters: true))
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _signer.Dispose();

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6960, 4.2.1 fixes SHA-1 for KeyHash; it names, it protects nothing.")]
    private static byte[] HashOf(PublicKey key) => SHA1.HashData(key.EncodedKeyValue.RawData);

    /// <summary>The platform's way to a certificate, with the CA's signature.</summary>
    private sealed class IssuerSignature(IssuingCa issuer) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => issuer.SignatureAlgorithm.Encoded.ToArray();

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => issuer.Sign(data);

        protected override PublicKey BuildPublicKey() => throw new NotSupportedException("The issuer's public key is not asked for.");
    }
}
