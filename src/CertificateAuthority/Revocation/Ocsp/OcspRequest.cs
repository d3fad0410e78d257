using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.Issuance;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>Which certificate is asked about (RFC 6960, 4.1.1, CertID).</summary>
/// <param name="Encoded">As it came; it stands the same in the answer.</param>
/// <param name="HashAlgorithm">What the two hashes were made with.</param>
/// <param name="IssuerNameHash">Of the issuer's name.</param>
/// <param name="IssuerKeyHash">Of the issuer's public key.</param>
/// <param name="SerialNumber">The octets of the INTEGER.</param>
internal sealed record CertificateId(
    ReadOnlyMemory<byte> Encoded,
    string HashAlgorithm,
    ReadOnlyMemory<byte> IssuerNameHash,
    ReadOnlyMemory<byte> IssuerKeyHash,
    ReadOnlyMemory<byte> SerialNumber);

/// <summary>
/// What somebody asks (RFC 6960, 4.1.1). Read strictly as DER. A signature is passed over unchecked: the answer is for everybody. Extensions that are not known are passed over,
/// except critical ones.
/// </summary>
/// <param name="Certificates">At least one, at most <see cref="MaxCertificates"/>.</param>
/// <param name="Nonce">The whole nonce extension as it came; it stands the same in the answer. Null without one.</param>
internal sealed record OcspRequest(IReadOnlyList<CertificateId> Certificates, ReadOnlyMemory<byte>? Nonce)
{
    /// <summary>How many certificates one request may ask about.</summary>
    public const int MaxCertificates = 100;

    private const AsnEncodingRules Der = AsnEncodingRules.DER;
    private const int MaxNonceSize = 32; // RFC 8954, 2.1

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag Context2 = new(TagClass.ContextSpecific, 2, isConstructed: true);

    /// <summary>Reads a request.</summary>
    /// <exception cref="AsnContentException">It is none, or one that this responder does not take.</exception>
    public static OcspRequest Read(ReadOnlyMemory<byte> encoded)
    {
        var outer = new AsnReader(encoded, Der);
        var request = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var content = request.ReadSequence();
        if (request.HasData)
            SkipExplicit(request, Context0); // optionalSignature
        request.ThrowIfNotEmpty();

        if (content.PeekTag().HasSameClassAndValue(Context0))
            RequireVersion1(content.ReadSequence(Context0));
        if (content.PeekTag().HasSameClassAndValue(Context1))
            SkipExplicit(content, Context1); // requestorName
        var certificates = ReadCertificates(content.ReadSequence());
        ReadOnlyMemory<byte>? nonce = null;
        if (content.HasData)
            nonce = ReadExtensions(content.ReadSequence(Context2), isNonceKnown: true);
        content.ThrowIfNotEmpty();
        return new OcspRequest(certificates, nonce);
    }

    private static List<CertificateId> ReadCertificates(AsnReader list)
    {
        var certificates = new List<CertificateId>(1);
        while (list.HasData)
        {
            if (certificates.Count == MaxCertificates)
                throw new AsnContentException($"More than {MaxCertificates} certificates are asked about.");
            var single = list.ReadSequence();
            certificates.Add(ReadCertificate(single.ReadEncodedValue()));
            if (single.HasData)
                ReadExtensions(single.ReadSequence(Context0), isNonceKnown: false);
            single.ThrowIfNotEmpty();
        }

        return certificates.Count > 0 ? certificates : throw new AsnContentException("No certificate is asked about.");
    }

    private static CertificateId ReadCertificate(ReadOnlyMemory<byte> encoded)
    {
        var fields = new AsnReader(encoded, Der).ReadSequence();
        var algorithm = fields.ReadSequence();
        var hash = algorithm.ReadObjectIdentifier();
        if (algorithm.HasData)
            algorithm.ReadNull(); // RFC 5754, 2: absent or NULL
        algorithm.ThrowIfNotEmpty();
        var id = new CertificateId(encoded, hash, fields.ReadOctetString(), fields.ReadOctetString(), fields.ReadIntegerBytes());
        fields.ThrowIfNotEmpty();
        return id;
    }

    /// <summary>The nonce, where there is one. Extensions stand in a SEQUENCE inside their explicit tag.</summary>
    private static ReadOnlyMemory<byte>? ReadExtensions(AsnReader wrapper, bool isNonceKnown)
    {
        var extensions = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        ReadOnlyMemory<byte>? nonce = null;
        while (extensions.HasData)
        {
            var encoded = extensions.ReadEncodedValue();
            var extension = new AsnReader(encoded, Der).ReadSequence();
            var type = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (isNonceKnown && type == Oids.OcspNonce)
            {
                if (nonce is not null)
                    throw new AsnContentException("There are two nonces.");
                RequireNonce(value);
                nonce = encoded;
            }
            else if (critical)
            {
                throw new AsnContentException($"The critical extension {type} is not known.");
            }
        }

        return nonce;
    }

    /// <summary>RFC 8954, 2.1: an OCTET STRING of 1 to 32 octets inside the extension's value.</summary>
    private static void RequireNonce(ReadOnlyMemory<byte> value)
    {
        var reader = new AsnReader(value, Der);
        var nonce = reader.ReadOctetString();
        reader.ThrowIfNotEmpty();
        if (nonce.Length is 0 or > MaxNonceSize)
            throw new AsnContentException($"The nonce has {nonce.Length} octets.");
    }

    private static void RequireVersion1(AsnReader version)
    {
        if (!version.TryReadInt32(out var number) || number != 0)
            throw new AsnContentException("The version is not 1.");
        version.ThrowIfNotEmpty();
    }

    private static void SkipExplicit(AsnReader reader, Asn1Tag tag)
    {
        var wrapper = reader.ReadSequence(tag);
        wrapper.ReadEncodedValue();
        wrapper.ThrowIfNotEmpty();
    }
}
