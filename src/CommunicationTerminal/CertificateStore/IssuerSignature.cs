using System.Security.Cryptography;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>The signatures that an issuing CA makes under certificates and CRLs (RFC 5758, RFC 4055).</summary>
internal static class IssuerSignature
{
    /// <summary>Whether <paramref name="issuerKey"/> made the signature; false also for an algorithm that does not fit the key or is not one of ours.</summary>
    public static bool IsMadeBy(AsymmetricAlgorithm issuerKey, string algorithm, ReadOnlySpan<byte> toBeSigned, ReadOnlySpan<byte> signature) => (algorithm, issuerKey) switch
    {
        ("1.2.840.10045.4.3.2", ECDsa key) => key.VerifyData(toBeSigned, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
        ("1.2.840.10045.4.3.3", ECDsa key) => key.VerifyData(toBeSigned, signature, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence),
        ("1.2.840.113549.1.1.11", RSA key) => key.VerifyData(toBeSigned, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        ("1.2.840.113549.1.1.12", RSA key) => key.VerifyData(toBeSigned, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        _ => false,
    };
}
