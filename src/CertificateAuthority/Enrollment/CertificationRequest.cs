using System.Formats.Asn1;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>
/// A certification request (PKCS#10, RFC 2986): the public key somebody else made, and whom it is for. One that was read has proved that its sender holds the private key,
/// and its key is strong enough to be certified. What else it asks for (extensions, say) is read past: the model's profile decides what a certificate says.
/// </summary>
/// <param name="PublicKey">The key to be certified.</param>
/// <param name="Subject">Whom it is for; may be empty.</param>
internal sealed record CertificationRequest(RequestedKey PublicKey, RequestedName Subject)
{
    /// <summary>The most octets of a request; an RSA-4096 request with all its extensions has about 2,000.</summary>
    public const int MaxSize = 8 * 1024;

    private const AsnEncodingRules Der = AsnEncodingRules.DER;
    private const string ChangeSubjectName = "1.3.6.1.5.5.7.7.36"; // RFC 6402, 2.8
    private static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0);

    /// <summary>Reads a request and verifies its proof of possession.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/> with what is wrong and what to do.</exception>
    public static CertificationRequest Read(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.Length > MaxSize)
            throw Invalid($"it has {encoded.Length} octets, the most is {MaxSize}. Leave out what a certificate for a device does not need");
        try
        {
            var outer = new AsnReader(encoded, Der);
            var fields = outer.ReadSequence();
            if (outer.HasData)
                throw Invalid("something follows it. Send the DER of one request and nothing else");
            var signedPart = fields.ReadEncodedValue();
            var signature = RequestSignature.Read(fields);
            fields.ThrowIfNotEmpty();
            var request = ReadInfo(signedPart);
            signature.Require(request.PublicKey, signedPart.Span);
            return request;
        }
        catch (AsnContentException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidCertificateRequest, "The certificate request is not PKCS#10 in DER (RFC 2986). Make it with openssl req -new -outform DER, or the like.", cause);
        }
    }

    /// <summary>The one form of a refusal; <paramref name="problem"/> ends without a full stop.</summary>
    public static ProvisioningException Invalid(string problem, Exception? cause = null) => new(ErrorCode.InvalidCertificateRequest, $"The certificate request is not acceptable: {problem}.", cause);

    private static CertificationRequest ReadInfo(ReadOnlyMemory<byte> encoded)
    {
        var info = new AsnReader(encoded, Der).ReadSequence();
        if (!info.TryReadInt32(out var version) || version != 0)
            throw Invalid("its version is not 0, the only one that PKCS#10 has");
        var subject = RequestedName.Read(info);
        var key = RequestedKey.Read(info.ReadEncodedValue());
        if (info.HasData) // RFC 2986 always has the attributes; older OpenSSL could leave the empty set out
            ReadAttributes(info.ReadSetOf(skipSortOrderValidation: true, Attributes));
        info.ThrowIfNotEmpty();
        return new CertificationRequest(key, subject);
    }

    private static void ReadAttributes(AsnReader attributes)
    {
        while (attributes.HasData)
        {
            var attribute = attributes.ReadSequence();
            if (attribute.ReadObjectIdentifier() == ChangeSubjectName)
                throw Invalid("it asks for another subject (ChangeSubjectName). A machine number never changes; leave the attribute out");
            attribute.ReadSetOf(skipSortOrderValidation: true);
            attribute.ThrowIfNotEmpty();
        }
    }
}
