using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>How a CA signs: what its key says, and what stands as AlgorithmIdentifier in everything that it signs (RFC 5758, 3.2; RFC 4055, 5).</summary>
internal sealed class SignatureAlgorithm
{
    /// <summary>The most octets of any signature below: RSA with 4096 bits.</summary>
    public const int MaxSignatureSize = 512;

    /// <summary>ecdsa-with-SHA256, for keys on P-256.</summary>
    public static readonly SignatureAlgorithm EcdsaWithSha256 = new(Oids.EcdsaWithSha256, HashAlgorithmName.SHA256, hasNull: false);

    /// <summary>ecdsa-with-SHA384, for keys on P-384.</summary>
    public static readonly SignatureAlgorithm EcdsaWithSha384 = new(Oids.EcdsaWithSha384, HashAlgorithmName.SHA384, hasNull: false);

    /// <summary>sha256WithRSAEncryption (PKCS#1 v1.5), for RSA keys.</summary>
    public static readonly SignatureAlgorithm Sha256WithRsa = new(Oids.Sha256WithRsaEncryption, HashAlgorithmName.SHA256, hasNull: true);

    private readonly byte[] _encoded;

    private SignatureAlgorithm(string oid, HashAlgorithmName hash, bool hasNull)
    {
        Oid = oid;
        Hash = hash;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (hasNull)
                writer.WriteNull(); // RFC 4055, 5: the parameters MUST be NULL
        }

        _encoded = writer.Encode();
    }

    /// <summary>The algorithm's object identifier.</summary>
    public string Oid { get; }

    /// <summary>What is hashed with before signing.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The AlgorithmIdentifier, DER.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>How the holder of <paramref name="certificate"/> signs.</summary>
    /// <exception cref="CryptographicException">Its key is none that a CA of ours has.</exception>
    public static SignatureAlgorithm Of(X509Certificate2 certificate)
    {
        using var key = (AsymmetricAlgorithm?)certificate.GetECDsaPublicKey() ?? certificate.GetRSAPublicKey();
        return Of(key ?? throw Unknown(certificate.Subject));
    }

    /// <summary>How <paramref name="key"/> signs.</summary>
    /// <exception cref="CryptographicException">It is none that a CA of ours has.</exception>
    public static SignatureAlgorithm Of(AsymmetricAlgorithm key) => key switch
    {
        RSA => Sha256WithRsa,
        ECDsa { KeySize: 256 } => EcdsaWithSha256,
        ECDsa { KeySize: 384 } => EcdsaWithSha384,
        _ => throw Unknown("a CA"),
    };

    private static CryptographicException Unknown(string whose) => new($"The key of {whose} is neither EC P-256, EC P-384 nor RSA.");
}
