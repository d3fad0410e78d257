using System.Formats.Asn1;
using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.Issuance;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>The signature of a certification request: the proof that its sender holds the private key (RFC 2986, 4.2).</summary>
internal sealed class RequestSignature
{
    private const string Allowed = "Sign with ECDSA and SHA-256 or SHA-384, or with RSA (PKCS#1 v1.5) and SHA-256, SHA-384 or SHA-512";

    /// <summary>RFC 5758, 3.2 and RFC 4055, 5. SHA-1 and MD5 are left out because collisions can be made for them.</summary>
    private static readonly Dictionary<string, (string Key, HashAlgorithmName Hash)> Algorithms = new(StringComparer.Ordinal)
    {
        [Oids.EcdsaWithSha256] = (Oids.EcPublicKey, HashAlgorithmName.SHA256),
        [Oids.EcdsaWithSha384] = (Oids.EcPublicKey, HashAlgorithmName.SHA384),
        [Oids.Sha256WithRsaEncryption] = (Oids.RsaEncryption, HashAlgorithmName.SHA256),
        ["1.2.840.113549.1.1.12"] = (Oids.RsaEncryption, HashAlgorithmName.SHA384),
        ["1.2.840.113549.1.1.13"] = (Oids.RsaEncryption, HashAlgorithmName.SHA512),
    };

    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["1.2.840.10045.4.1"] = "ECDSA with SHA-1",
        ["1.2.840.10045.4.3.1"] = "ECDSA with SHA-224",
        ["1.2.840.10045.4.3.4"] = "ECDSA with SHA-512",
        ["1.2.840.113549.1.1.4"] = "RSA with MD5",
        ["1.2.840.113549.1.1.5"] = "RSA with SHA-1",
        ["1.2.840.113549.1.1.10"] = "RSASSA-PSS",
        ["1.2.840.113549.1.1.14"] = "RSA with SHA-224",
        ["1.3.101.112"] = "Ed25519",
    };

    private readonly string _key;
    private readonly HashAlgorithmName _hash;
    private readonly byte[] _value;

    private RequestSignature(string key, HashAlgorithmName hash, byte[] value)
    {
        _key = key;
        _hash = hash;
        _value = value;
    }

    /// <summary>Reads algorithm and value.</summary>
    public static RequestSignature Read(AsnReader fields)
    {
        var algorithm = fields.ReadSequence();
        var identifier = algorithm.ReadObjectIdentifier();
        if (!Algorithms.TryGetValue(identifier, out var known))
            throw CertificationRequest.Invalid($"it is signed with {Refused.GetValueOrDefault(identifier, identifier)}, which is not taken. {Allowed}");
        if (algorithm.HasData && known.Key == Oids.RsaEncryption)
            algorithm.ReadNull();
        algorithm.ThrowIfNotEmpty();
        if (!fields.TryReadPrimitiveBitString(out var unused, out var value) || unused != 0)
            throw CertificationRequest.Invalid("its signature is not a whole number of octets");
        return new RequestSignature(known.Key, known.Hash, value.ToArray());
    }

    /// <summary>Verifies the signature over <paramref name="signedPart"/>.</summary>
    public void Require(RequestedKey key, ReadOnlySpan<byte> signedPart)
    {
        if (key.Type != _key)
            throw CertificationRequest.Invalid($"it carries an {key} key, but is signed with the algorithm of another kind of key");
        bool proved;
        try
        {
            proved = Verifies(key, signedPart);
        }
        catch (CryptographicException)
        {
            proved = false; // the signature's own encoding is wrong
        }

        if (!proved)
            throw CertificationRequest.Invalid("its signature does not verify with the key inside, so its sender has not shown that it holds the private key. Sign the request with the key that it carries");
    }

    private bool Verifies(RequestedKey key, ReadOnlySpan<byte> signedPart)
    {
        if (_key == Oids.EcPublicKey)
        {
            using var ec = ECDsa.Create();
            ec.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo, out _);
            return ec.VerifyData(signedPart, _value, _hash, DSASignatureFormat.Rfc3279DerSequence);
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo, out _);
        return rsa.VerifyData(signedPart, _value, _hash, RSASignaturePadding.Pkcs1);
    }
}
