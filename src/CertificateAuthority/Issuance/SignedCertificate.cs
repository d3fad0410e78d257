using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.SigningKeys;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>A certificate (RFC 5280, 4.1): the octets that were to be signed, the algorithm, the signature.</summary>
internal static class SignedCertificate
{
    /// <summary>Puts the certificate together; a CRL (RFC 5280, 5.1) has the same form.</summary>
    public static byte[] Assemble(ReadOnlySpan<byte> toBeSigned, SignatureAlgorithm algorithm, ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, toBeSigned.Length + algorithm.Encoded.Length + signature.Length + 16);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(toBeSigned);
            writer.WriteEncodedValue(algorithm.Encoded);
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
}
