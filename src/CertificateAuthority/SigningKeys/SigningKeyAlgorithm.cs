using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>The kinds of key that a CA may have.</summary>
public enum SigningKeyAlgorithm
{
    /// <summary>EC on P-256; it signs with SHA-256.</summary>
    EcP256,

    /// <summary>EC on P-384; it signs with SHA-384.</summary>
    EcP384,

    /// <summary>RSA with 3072 bits; it signs with SHA-256.</summary>
    Rsa3072,
}

/// <summary>Making a CA's key.</summary>
internal static class SigningKeyAlgorithms
{
    private const int RsaBits = 3072;

    /// <summary>A new key, in memory.</summary>
    public static AsymmetricAlgorithm Create(this SigningKeyAlgorithm algorithm) => algorithm switch
    {
        SigningKeyAlgorithm.EcP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        SigningKeyAlgorithm.EcP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        SigningKeyAlgorithm.Rsa3072 => RSA.Create(RsaBits),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There is no such kind of key."),
    };
}
