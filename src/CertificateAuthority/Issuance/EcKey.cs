using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The encodings of a P-256 key: PKCS#8 (RFC 5208 around RFC 5915, with the public key) and SubjectPublicKeyInfo (RFC 5480).</summary>
internal static class EcKey
{
    /// <summary>Octets of the private scalar.</summary>
    public const int ScalarSize = 32;

    /// <summary>Octets of an uncompressed point.</summary>
    public const int PointSize = 65;

    /// <summary>Octets of a SubjectPublicKeyInfo.</summary>
    public const int PublicKeyInfoSize = 91;

    private static readonly DerTemplate.Hole Scalar = DerTemplate.Hole.OfBytes(ScalarSize);
    private static readonly DerTemplate.Hole Point = DerTemplate.Hole.OfBytes(PointSize);
    private static readonly DerTemplate Pkcs8 = DerTemplate.Create(EncodePkcs8(Scalar.Placeholder, Point.Placeholder), Scalar, Point);
    private static readonly DerTemplate.Hole InfoPoint = DerTemplate.Hole.OfBytes(PointSize);
    private static readonly DerTemplate Info = DerTemplate.Create(EncodePublicKeyInfo(InfoPoint.Placeholder), InfoPoint);

    /// <summary>Octets of the key as PKCS#8.</summary>
    public static int Pkcs8Size => Pkcs8.Length;

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

    /// <summary>Puts the SubjectPublicKeyInfo of <paramref name="point"/> into <paramref name="info"/>, <see cref="PublicKeyInfoSize"/> octets.</summary>
    public static void ToPublicKeyInfo(ReadOnlySpan<byte> point, Span<byte> info)
    {
        Info.Encoded.CopyTo(info);
        InfoPoint.Fill(info, point);
    }

    private static byte[] EncodePublicKeyInfo(byte[] point)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer);
            writer.WriteBitString(point);
        }

        return writer.Encode();
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
