using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.SigningKeys;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>By which hashes a request names our issuing CAs (RFC 6960, 4.1.1): SHA-1, which most clients use, and SHA-256.</summary>
internal sealed class IssuerHashes
{
    private const string Sha1 = "1.3.14.3.2.26";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";

    private readonly List<(string Algorithm, byte[] Name, byte[] Key, IssuingCa Issuer)> _known = [];

    public IssuerHashes(IssuingCas issuers)
    {
        foreach (var issuer in issuers.All)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(issuer.Chain[0]);
            var (name, key) = (issuer.Subject.ToArray(), certificate.PublicKey.EncodedKeyValue.RawData);
            _known.Add((Sha1, HashWithSha1(name), HashWithSha1(key), issuer));
            _known.Add((Sha256, SHA256.HashData(name), SHA256.HashData(key), issuer));
        }
    }

    /// <summary>The generation that a request means, or null where it is not one of ours.</summary>
    public IssuingCa? Find(CertificateId id)
    {
        foreach (var (algorithm, name, key, issuer) in _known)
        {
            if (algorithm == id.HashAlgorithm && id.IssuerKeyHash.Span.SequenceEqual(key) && id.IssuerNameHash.Span.SequenceEqual(name))
                return issuer;
        }

        return null;
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The clients choose it (RFC 5019, 2.1.1); it finds an issuer, it protects nothing.")]
    private static byte[] HashWithSha1(byte[] data) => SHA1.HashData(data);
}
