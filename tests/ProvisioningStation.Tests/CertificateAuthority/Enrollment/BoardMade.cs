using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProvisioningStation.Tests.CertificateAuthority.Enrollment;

/// <summary>Certification requests as boards, other people's boards and bad people's boards make them.</summary>
internal static class BoardMade
{
    private static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0);

    /// <summary>A request for a new P-256 key.</summary>
    public static byte[] Request(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(subject, key);
    }

    /// <summary>A request for <paramref name="key"/>, signed with it.</summary>
    public static byte[] Request(string subject, ECDsa key, HashAlgorithmName? hash = null) =>
        new CertificateRequest(subject, key, hash ?? HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>A request for <paramref name="key"/>, signed with it.</summary>
    public static byte[] Request(string subject, RSA key, HashAlgorithmName? hash = null) =>
        new CertificateRequest(subject, key, hash ?? HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();

    /// <summary>A request put together by hand, signed with <paramref name="key"/> whatever it carries.</summary>
    public static byte[] ByHand(ECDsa key, byte[] subjectPublicKeyInfo, int version = 0, byte[]? subject = null, string algorithm = "1.2.840.10045.4.3.2", byte[]? attribute = null)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            info.WriteInteger(version);
            info.WriteEncodedValue(subject ?? new X500DistinguishedName(string.Empty).RawData);
            info.WriteEncodedValue(subjectPublicKeyInfo);
            using (info.PushSetOf(Attributes))
            {
                if (attribute is not null)
                    info.WriteEncodedValue(attribute);
            }
        }

        var signedPart = info.Encode();
        var request = new AsnWriter(AsnEncodingRules.DER);
        using (request.PushSequence())
        {
            request.WriteEncodedValue(signedPart);
            using (request.PushSequence())
                request.WriteObjectIdentifier(algorithm);
            request.WriteBitString(key.SignData(signedPart, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return request.Encode();
    }

    /// <summary>The SubjectPublicKeyInfo of an RSA key of which only the public numbers are known.</summary>
    public static byte[] Rsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteIntegerUnsigned(modulus);
            key.WriteIntegerUnsigned(exponent);
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
                writer.WriteNull();
            }

            writer.WriteBitString(key.Encode());
        }

        return writer.Encode();
    }

    /// <summary>The SubjectPublicKeyInfo of a point, whether it is one or not, on a named curve or, where that is null, on one that is described (here by nothing).</summary>
    public static byte[] Ec(string? curve, byte[] point)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1");
                if (curve is not null)
                    writer.WriteObjectIdentifier(curve);
                else
                    writer.WriteEncodedValue([0x30, 0]);
            }

            writer.WriteBitString(point);
        }

        return writer.Encode();
    }
}
