using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>One revoked certificate on a CRL.</summary>
internal readonly record struct RevokedCertificate(string SerialNumber, RevocationReason Reason);

/// <summary>A full CRL, version 2 (RFC 5280, 5), read and not yet believed: <see cref="IsSignedBy"/>. It is read strictly, for it comes over an open line.</summary>
internal sealed class CertificateRevocationList
{
    private const string CrlNumber = "2.5.29.20";
    private const string ReasonCode = "2.5.29.21";
    private const string AuthorityKeyIdentifier = "2.5.29.35";
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    private readonly ReadOnlyMemory<byte> _toBeSigned;
    private readonly ReadOnlyMemory<byte> _issuer;
    private readonly string _algorithm;
    private readonly ReadOnlyMemory<byte> _signature;
    private BigInteger? _number;

    private CertificateRevocationList(ReadOnlyMemory<byte> toBeSigned, string algorithm, ReadOnlyMemory<byte> signature)
    {
        (_toBeSigned, _algorithm, _signature) = (toBeSigned, algorithm, signature);
        var fields = new AsnReader(toBeSigned, Der).ReadSequence();
        if (!fields.TryReadInt32(out var version) || version != 1)
            throw new AsnContentException("Its version is not 2.");
        if (fields.ReadSequence().ReadObjectIdentifier() != algorithm)
            throw new AsnContentException("It names two signature algorithms.");
        _issuer = fields.ReadEncodedValue();
        ThisUpdate = ReadTime(fields);
        NextUpdate = ReadTime(fields);
        if (fields.HasData && fields.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            ReadEntries(fields.ReadSequence());
        if (fields.HasData)
            ReadExtensions(fields.ReadSequence(Extensions).ReadSequence());
        fields.ThrowIfNotEmpty();
    }

    /// <summary>Which one of its issuer's it is; later ones have larger numbers (RFC 5280, 5.2.3).</summary>
    public BigInteger Number => _number ?? throw new AsnContentException("It has no number.");

    /// <summary>When it was made.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>Until when there is a next one.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>What is revoked.</summary>
    public List<RevokedCertificate> Entries { get; } = [];

    /// <summary>Reads a CRL.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static CertificateRevocationList Read(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, Der);
            var parts = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var toBeSigned = parts.ReadEncodedValue();
            var algorithm = parts.ReadSequence().ReadObjectIdentifier();
            if (!parts.TryReadPrimitiveBitString(out _, out var signature))
                throw new AsnContentException("The signature is not primitive.");
            parts.ThrowIfNotEmpty();
            var list = new CertificateRevocationList(toBeSigned, algorithm, signature);
            _ = list.Number;
            return list;
        }
        catch (AsnContentException cause)
        {
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"What the CA's address for CRLs answers is no CRL that can be used: {cause.Message}", cause);
        }
    }

    /// <summary>Whether the issuing CA of <paramref name="chain"/> made it.</summary>
    public bool IsSignedBy(TrustedChain chain) => chain.MaySignCrls && chain.Signed(_issuer.Span, _algorithm, _toBeSigned, _signature);

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            var serialNumber = LeafCertificate.SerialText(entry.ReadIntegerBytes().Span);
            ReadTime(entry);
            var reason = RevocationReason.Unspecified;
            for (var extensions = entry.HasData ? entry.ReadSequence() : null; extensions?.HasData == true;)
            {
                var extension = extensions.ReadSequence();
                var oid = extension.ReadObjectIdentifier();
                var isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
                if (oid == ReasonCode)
                    reason = ReasonOf(new AsnReader(extension.ReadOctetString(), Der).ReadEnumeratedBytes().Span[^1]);
                else if (isCritical)
                    throw new AsnContentException($"An entry has the critical extension {oid}, which is not known here.");
            }

            Entries.Add(new RevokedCertificate(serialNumber, reason));
        }
    }

    private void ReadExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            if (oid == CrlNumber)
                _number = new AsnReader(extension.ReadOctetString(), Der).ReadInteger();
            else if (isCritical && oid != AuthorityKeyIdentifier) // a delta or partial CRL, most likely
                throw new AsnContentException(string.Create(CultureInfo.InvariantCulture, $"It has the critical extension {oid}, which is not known here."));
        }
    }

    // A reason that our CA does not use counts as one that was not said.
    private static RevocationReason ReasonOf(byte code) => Enum.IsDefined((RevocationReason)code) ? (RevocationReason)code : RevocationReason.Unspecified;

    private static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
