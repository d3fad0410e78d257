using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The encodings of a P-256 key: PKCS#8 (RFC 5208 around RFC 5915, with the public key), SubjectPublicKeyInfo (RFC 5480) and the key identifier.</summary>
internal static class EcKey
{
    /// <summary>Octets of the private scalar.</summary>
    public const int ScalarSize = 32;

    /// <summary>Octets of an uncompressed point.</summary>
    public const int PointSize = 65;

    /// <summary>Octets of a key identifier.</summary>
    public const int KeyIdentifierSize = 20;

    private static readonly DerTemplate.Hole Scalar = DerTemplate.Hole.OfBytes(ScalarSize);
    private static readonly DerTemplate.Hole Point = DerTemplate.Hole.OfBytes(PointSize);
    private static readonly DerTemplate Pkcs8 = DerTemplate.Create(EncodePkcs8(Scalar.Placeholder, Point.Placeholder), Scalar, Point);

    /// <summary>The key as PKCS#8.</summary>
    public static byte[] ToPkcs8(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point)
    {
        var pkcs8 = Pkcs8.Copy();
        Scalar.Fill(pkcs8, scalar);
        Point.Fill(pkcs8, point);
        return pkcs8;
    }

    /// <summary>The public point that stands in <paramref name="pkcs8"/>, which must be of the form <see cref="ToPkcs8"/> makes.</summary>
    /// <exception cref="CryptographicException">It is of another form.</exception>
    public static ReadOnlySpan<byte> PointIn(ReadOnlySpan<byte> pkcs8)
    {
        if (pkcs8.Length != Pkcs8.Length)
            throw new CryptographicException("The private key is not a P-256 key in this CA's form.");
        var point = Point.ValueIn(pkcs8);
        Span<byte> expected = stackalloc byte[Pkcs8.Length];
        Pkcs8.Encoded.CopyTo(expected);
        Scalar.Fill(expected, Scalar.ValueIn(pkcs8));
        Point.Fill(expected, point);
        var same = expected.SequenceEqual(pkcs8);
        CryptographicOperations.ZeroMemory(expected);
        return same ? point : throw new CryptographicException("The private key is not a P-256 key in this CA's form.");
    }

    /// <summary>Writes the SubjectPublicKeyInfo of <paramref name="point"/>.</summary>
    public static void WritePublicKey(AsnWriter writer, ReadOnlySpan<byte> point)
    {
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer);
            writer.WriteBitString(point);
        }
    }

    /// <summary>The key identifier: the leftmost 160 bits of the SHA-256 of the point (RFC 7093, method 1).</summary>
    public static void KeyIdentifier(ReadOnlySpan<byte> point, Span<byte> identifier)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(point, hash);
        hash[..KeyIdentifierSize].CopyTo(identifier);
    }

    private static byte[] EncodePkcs8(byte[] scalar, byte[] point)
    {
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteInteger(1);
            key.WriteOctetString(scalar);
            using (key.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                key.WriteBitString(point);
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            WriteAlgorithm(writer);
            writer.WriteOctetString(key.Encode());
        }

        return writer.Encode();
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.EcPublicKey);
            writer.WriteObjectIdentifier(Oids.P256);
        }
    }
}
