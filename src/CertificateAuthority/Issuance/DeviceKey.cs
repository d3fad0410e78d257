using System.Security.Cryptography;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>A device's key of any kind: PKCS#8 and SubjectPublicKeyInfo. P-256 keys of a batch are made by <see cref="EcKeySource"/>, at a fifth of the time.</summary>
/// <param name="PrivateKey">PKCS#8. Whoever is done with it overwrites it.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo.</param>
internal sealed record DeviceKey(byte[] PrivateKey, byte[] PublicKey)
{
    /// <summary>Makes a key. RSA takes a tenth of a second and more.</summary>
    public static DeviceKey Make(KeyAlgorithm algorithm)
    {
        using AsymmetricAlgorithm key = algorithm switch
        {
            KeyAlgorithm.EcP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            KeyAlgorithm.EcP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            KeyAlgorithm.Rsa2048 => RSA.Create(2048),
            KeyAlgorithm.Rsa3072 => RSA.Create(3072),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There is no such kind of key."),
        };
        return new DeviceKey(key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Octets of the SubjectPublicKeyInfo of every key of this kind that is made here.</summary>
    public static int PublicKeySize(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.EcP256 => EcKey.PublicKeyInfoSize,
        KeyAlgorithm.EcP384 => 120,
        KeyAlgorithm.Rsa2048 => 294,
        KeyAlgorithm.Rsa3072 => 422,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There is no such kind of key."),
    };

    /// <summary>Whether keys of this kind take so long that they are made ahead, into the pool.</summary>
    public static bool IsPooled(KeyAlgorithm algorithm) => algorithm is KeyAlgorithm.Rsa2048 or KeyAlgorithm.Rsa3072;

    /// <summary>The public key that belongs to <paramref name="privateKey"/>.</summary>
    /// <exception cref="CryptographicException">It is no private key in a form that this CA makes.</exception>
    public static byte[] PublicKeyOf(byte[] privateKey)
    {
        if (privateKey.Length == EcKey.Pkcs8Size)
        {
            var info = new byte[EcKey.PublicKeyInfoSize];
            EcKey.ToPublicKeyInfo(EcKey.PointIn(privateKey), info);
            return info;
        }

        using var rsa = RSA.Create();
        using var ec = ECDsa.Create();
        AsymmetricAlgorithm key = privateKey.Length > 2 * EcKey.Pkcs8Size ? rsa : ec;
        key.ImportPkcs8PrivateKey(privateKey, out _);
        return key.ExportSubjectPublicKeyInfo();
    }
}
