using System.Formats.Asn1;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>A certificate (RFC 5280, 4.1): the octets that were to be signed, the algorithm, the signature.</summary>
internal static class SignedCertificate
{
    /// <summary>The most octets of a P-256 signature in DER: two INTEGERs of at most 33 octets.</summary>
    public const int MaxSignatureSize = 72;

    private static readonly byte[] Algorithm = EncodeAlgorithm();

    /// <summary>Puts the certificate together.</summary>
    public static byte[] Assemble(ReadOnlySpan<byte> toBeSigned, ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, toBeSigned.Length + Algorithm.Length + signature.Length + 16);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(toBeSigned);
            writer.WriteEncodedValue(Algorithm);
            writer.WriteBitString(signature);
        }

        return writer.Encode();
    }

    /// <summary>The to-be-signed octets of <paramref name="certificate"/>.</summary>
    public static ReadOnlySpan<byte> ToBeSignedIn(ReadOnlySpan<byte> certificate)
    {
        AsnDecoder.ReadSequence(certificate, AsnEncodingRules.DER, out var start, out var length, out _);
        var content = certificate.Slice(start, length);
        AsnDecoder.ReadEncodedValue(content, AsnEncodingRules.DER, out _, out _, out var consumed);
        return content[..consumed];
    }

    private static byte[] EncodeAlgorithm()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        ToBeSigned.WriteSignatureAlgorithm(writer);
        return writer.Encode();
    }
}
