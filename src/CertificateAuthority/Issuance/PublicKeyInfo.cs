using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>A public key as certificates hold it: SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) of any algorithm, in DER.</summary>
internal static class PublicKeyInfo
{
    /// <summary>Octets of a key identifier.</summary>
    public const int KeyIdentifierSize = 20;

    /// <summary>The key itself: what stands in the BIT STRING.</summary>
    /// <exception cref="AsnContentException"><paramref name="info"/> is no SubjectPublicKeyInfo.</exception>
    public static ReadOnlySpan<byte> KeyIn(ReadOnlySpan<byte> info)
    {
        AsnDecoder.ReadSequence(info, AsnEncodingRules.DER, out var start, out var length, out var consumed);
        var fields = info.Slice(start, length);
        AsnDecoder.ReadSequence(fields, AsnEncodingRules.DER, out _, out _, out var algorithm);
        if (!AsnDecoder.TryReadPrimitiveBitString(fields[algorithm..], AsnEncodingRules.DER, out var unused, out var key, out var bits)
            || unused != 0 || consumed != info.Length || algorithm + bits != fields.Length)
        {
            throw new AsnContentException("This is not one SubjectPublicKeyInfo.");
        }

        return key;
    }

    /// <summary>The key identifier: the leftmost 160 bits of the SHA-256 of the key's BIT STRING (RFC 7093, method 1).</summary>
    public static void KeyIdentifier(ReadOnlySpan<byte> info, Span<byte> identifier)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(KeyIn(info), hash);
        hash[..KeyIdentifierSize].CopyTo(identifier);
    }
}
