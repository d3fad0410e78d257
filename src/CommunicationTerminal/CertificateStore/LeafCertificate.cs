using System.Formats.Asn1;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>
/// The few fields of a certificate (RFC 5280, 4.1) that the check of a pack needs, read straight from its bytes: a batch has ten thousand of them, and the platform's
/// certificate object costs more than everything else that is done to one.
/// </summary>
internal sealed class LeafCertificate
{
    private const string CommonName = "2.5.4.3";
    private const string SubjectSerialNumber = "2.5.4.5";

    private readonly ReadOnlyMemory<byte> _serialNumber;

    private LeafCertificate(
        ReadOnlyMemory<byte> toBeSigned,
        ReadOnlyMemory<byte> serialNumber,
        ReadOnlyMemory<byte> issuer,
        ReadOnlyMemory<byte> subject,
        ReadOnlyMemory<byte> publicKeyInfo,
        string algorithm,
        ReadOnlyMemory<byte> signature,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        ToBeSigned = toBeSigned;
        _serialNumber = serialNumber;
        Issuer = issuer;
        Subject = subject;
        PublicKeyInfo = publicKeyInfo;
        SignatureAlgorithm = algorithm;
        Signature = signature;
        NotBefore = notBefore;
        NotAfter = notAfter;
    }

    /// <summary>What the issuer signed.</summary>
    public ReadOnlyMemory<byte> ToBeSigned { get; }

    /// <summary>The serial number as the CA lists it: lower-case hexadecimal.</summary>
    public string SerialNumber => SerialText(_serialNumber.Span);

    /// <summary>The issuer's name, encoded.</summary>
    public ReadOnlyMemory<byte> Issuer { get; }

    /// <summary>The subject's name, encoded.</summary>
    public ReadOnlyMemory<byte> Subject { get; }

    /// <summary>SubjectPublicKeyInfo, encoded.</summary>
    public ReadOnlyMemory<byte> PublicKeyInfo { get; }

    /// <summary>The OID of the signature's algorithm.</summary>
    public string SignatureAlgorithm { get; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The first moment of validity.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>The last moment of validity.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public static LeafCertificate Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            var certificate = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var toBeSigned = certificate.PeekEncodedValue();
            var fields = certificate.ReadSequence();
            var algorithm = certificate.ReadSequence().ReadObjectIdentifier();
            if (!certificate.TryReadPrimitiveBitString(out _, out var signature))
                throw new AsnContentException("The signature is not primitive.");

            if (fields.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
                fields.ReadEncodedValue(); // version
            var serialNumber = fields.ReadIntegerBytes();
            fields.ReadEncodedValue(); // signature algorithm
            var issuer = fields.ReadEncodedValue();
            var validity = fields.ReadSequence();
            return new LeafCertificate(toBeSigned, serialNumber, issuer, fields.ReadEncodedValue(), fields.ReadEncodedValue(), algorithm, signature, ReadTime(validity), ReadTime(validity));
        }
        catch (AsnContentException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack's certificate is not a DER certificate.", cause);
        }
    }

    /// <summary>The form in which serial numbers are stored and compared: lower-case hexadecimal, without the octet that only keeps the number positive.</summary>
    public static string SerialText(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(octets is [0, .. var rest] && rest.Length > 0 ? rest : octets);

    /// <summary>Whether the subject's CN and serialNumber both say <paramref name="number"/>.</summary>
    public bool IsOf(MachineNumber number)
    {
        var expected = number.ToString();
        var found = 0;
        for (var names = new AsnReader(Subject, AsnEncodingRules.DER).ReadSequence(); names.HasData;)
        {
            var attribute = names.ReadSetOf().ReadSequence();
            if (attribute.ReadObjectIdentifier() is not (CommonName or SubjectSerialNumber))
                continue;
            var tag = (UniversalTagNumber)attribute.PeekTag().TagValue;
            if (tag is not (UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString) || attribute.ReadCharacterString(tag) != expected)
                return false;
            found++;
        }

        return found == 2;
    }

    private static DateTimeOffset ReadTime(AsnReader validity) =>
        validity.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? validity.ReadUtcTime() : validity.ReadGeneralizedTime();
}
