using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>A public key that somebody else made and this CA is asked to certify: read, and found strong enough.</summary>
internal sealed class RequestedKey
{
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    private RequestedKey(string type, string name, byte[] subjectPublicKeyInfo)
    {
        Type = type;
        Name = name;
        SubjectPublicKeyInfo = subjectPublicKeyInfo;
    }

    /// <summary>The object identifier of the key's algorithm.</summary>
    public string Type { get; }

    /// <summary><c>EC P-256</c>, <c>EC P-384</c>, <c>RSA-2048</c> …</summary>
    public string Name { get; }

    /// <summary>The key as it stands in request and certificate (RFC 5280, 4.1.2.7), DER.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <summary>Reads a key and checks its strength.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/>.</exception>
    public static RequestedKey Read(ReadOnlyMemory<byte> encoded)
    {
        var key = new AsnReader(encoded, Der).ReadSequence();
        var algorithm = key.ReadSequence();
        var type = algorithm.ReadObjectIdentifier();
        var name = type switch
        {
            Oids.EcPublicKey => ReadEc(algorithm, key),
            Oids.RsaEncryption => ReadRsa(algorithm, key),
            _ => throw CertificationRequest.Invalid($"its key is of the algorithm {type}. Make an EC key on P-256 or P-384, or an RSA key of {RsaStrength.MinBits} bits or more"),
        };
        key.ThrowIfNotEmpty();
        return new RequestedKey(type, name, encoded.ToArray());
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string ReadEc(AsnReader algorithm, AsnReader key)
    {
        if (!algorithm.HasData || algorithm.PeekTag() != Asn1Tag.ObjectIdentifier)
            throw CertificationRequest.Invalid("its EC key does not name its curve but describes one. Name it (openssl: -pkeyopt ec_param_enc:named_curve)");
        var identifier = algorithm.ReadObjectIdentifier();
        algorithm.ThrowIfNotEmpty();
        var curve = identifier switch
        {
            Oids.P256 => EcCurve.P256,
            Oids.P384 => EcCurve.P384,
            _ => throw CertificationRequest.Invalid($"its EC key is on the curve {identifier}. Make one on P-256 or P-384"),
        };
        curve.Require(ReadKeyBits(key).Span);
        return curve.Name;
    }

    private static string ReadRsa(AsnReader algorithm, AsnReader key)
    {
        algorithm.ReadNull(); // RFC 3279, 2.3.1: MUST be NULL
        algorithm.ThrowIfNotEmpty();
        var outer = new AsnReader(ReadKeyBits(key), Der);
        var fields = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var modulus = fields.ReadInteger();
        var exponent = fields.ReadInteger();
        fields.ThrowIfNotEmpty();
        RsaStrength.Require(modulus, exponent);
        return $"RSA-{modulus.GetBitLength()}";
    }

    private static ReadOnlyMemory<byte> ReadKeyBits(AsnReader key) =>
        key.TryReadPrimitiveBitString(out var unused, out var bits) && unused == 0 ? bits : throw CertificationRequest.Invalid("its key is not a whole number of octets");
}
