using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>
/// Whether a private key (PKCS#8) and a public key (SubjectPublicKeyInfo) say they belong together. It compares the public half that the private key carries with it, which
/// costs no arithmetic; whoever writes the pack, the board, proves it by calculating. A key without its public half is calculated here.
/// </summary>
internal static class KeyMatch
{
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>Whether they belong together.</summary>
    public static bool Belongs(ReadOnlyMemory<byte> privateKey, ReadOnlyMemory<byte> publicKeyInfo)
    {
        try
        {
            var info = new AsnReader(privateKey, AsnEncodingRules.DER).ReadSequence();
            info.ReadIntegerBytes();
            var algorithm = info.ReadEncodedValue();
            var publicInfo = new AsnReader(publicKeyInfo, AsnEncodingRules.DER).ReadSequence();
            if (!algorithm.Span.SequenceEqual(publicInfo.ReadEncodedValue().Span) || !info.TryReadPrimitiveOctetString(out var key))
                return false;
            if (!publicInfo.TryReadPrimitiveBitString(out _, out var publicKey))
                return false;
            return new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier() switch
            {
                EllipticCurve => BelongsOnCurve(key, publicKey, privateKey, publicKeyInfo),
                Rsa => BelongsByModulus(key, publicKey),
                _ => false,
            };
        }
        catch (Exception cause) when (cause is AsnContentException or CryptographicException)
        {
            return false;
        }
    }

    // ECPrivateKey (RFC 5915): version, private key, [0] parameters, [1] public key.
    private static bool BelongsOnCurve(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> publicKey, ReadOnlyMemory<byte> privateKey, ReadOnlyMemory<byte> publicKeyInfo)
    {
        var fields = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
        fields.ReadIntegerBytes();
        fields.ReadEncodedValue();
        while (fields.HasData)
        {
            var tag = fields.PeekTag();
            if (tag.HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 1)))
                return fields.ReadSequence(tag).TryReadPrimitiveBitString(out _, out var carried) && carried.Span.SequenceEqual(publicKey.Span);
            fields.ReadEncodedValue();
        }

        using var calculated = ECDsa.Create();
        calculated.ImportPkcs8PrivateKey(privateKey.Span, out _);
        return calculated.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKeyInfo.Span);
    }

    // RSAPrivateKey and RSAPublicKey (RFC 8017, A.1): [version,] modulus, public exponent, …
    private static bool BelongsByModulus(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> publicKey)
    {
        var fields = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
        fields.ReadIntegerBytes();
        var expected = new AsnReader(publicKey, AsnEncodingRules.DER).ReadSequence();
        return fields.ReadIntegerBytes().Span.SequenceEqual(expected.ReadIntegerBytes().Span)
            && fields.ReadIntegerBytes().Span.SequenceEqual(expected.ReadIntegerBytes().Span);
    }
}
