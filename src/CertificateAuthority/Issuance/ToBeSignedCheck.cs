using System.Formats.Asn1;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The last look before the signature: reads the to-be-signed octets back, with a parser and not with the template that wrote them, and compares every field
/// with the profile, the machine number, the reserved serial number and the key. Anything else than expected, an extension too many included, is refused.
/// </summary>
internal static class ToBeSignedCheck
{
    private const AsnEncodingRules Der = AsnEncodingRules.DER;
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context3 = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly Asn1Tag Url = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag KeyIdentifier = new(TagClass.ContextSpecific, 0);

    /// <summary>Compares <paramref name="toBeSigned"/> with what it must say.</summary>
    /// <exception cref="ProvisioningException">It says something else; it must not be signed.</exception>
    public static void Require(byte[] toBeSigned, CertificateProfile profile, MachineNumber machineNumber, SerialNumber serialNumber, ReadOnlySpan<byte> publicKey)
    {
        string? wrong;
        try
        {
            wrong = FindDifference(toBeSigned, profile, machineNumber, serialNumber, publicKey);
        }
        catch (AsnContentException)
        {
            wrong = "the encoding";
        }

        if (wrong is not null)
            throw new ProvisioningException(ErrorCode.Internal, $"The stored certificate content of {machineNumber} does not match its profile ({wrong}). It was not signed.");
    }

    private static string? FindDifference(byte[] toBeSigned, CertificateProfile profile, MachineNumber machineNumber, SerialNumber serialNumber, ReadOnlySpan<byte> publicKey)
    {
        var outer = new AsnReader(toBeSigned, Der);
        var fields = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var version = fields.ReadSequence(Context0);
        if (!version.TryReadInt32(out var number) || number != 2 || version.HasData)
            return "the version";
        if (!fields.ReadIntegerBytes().Span.SequenceEqual(serialNumber.ToBytes()))
            return "the serial number";
        if (!fields.ReadEncodedValue().Span.SequenceEqual(profile.Issuer.SignatureAlgorithm.Encoded))
            return "the signature algorithm";
        if (!fields.ReadEncodedValue().Span.SequenceEqual(profile.Issuer.Subject.Span))
            return "the issuer";
        if (!IsValidityAllowed(fields.ReadSequence(), profile))
            return "the validity";
        if (!IsSubject(fields.ReadSequence(), profile, machineNumber))
            return "the subject";
        if (!fields.ReadEncodedValue().Span.SequenceEqual(publicKey))
            return "the public key";
        var explicitExtensions = fields.ReadSequence(Context3);
        var extensions = explicitExtensions.ReadSequence();
        if (explicitExtensions.HasData || fields.HasData)
            return "a field too many";
        return FindDifferentExtension(extensions, profile, publicKey);
    }

    private static bool IsValidityAllowed(AsnReader validity, CertificateProfile profile)
    {
        var notBefore = ReadTime(validity);
        var notAfter = ReadTime(validity);
        return !validity.HasData
            && notBefore >= profile.Issuer.NotBefore
            && notBefore < notAfter
            && notAfter <= profile.Issuer.NotAfter
            && notAfter - notBefore <= profile.Validity;
    }

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static bool IsSubject(AsnReader subject, CertificateProfile profile, MachineNumber machineNumber) =>
        IsName(subject, Oids.Organization, UniversalTagNumber.UTF8String, profile.Organization)
        && IsName(subject, Oids.OrganizationalUnit, UniversalTagNumber.UTF8String, profile.Model.ToString())
        && IsName(subject, Oids.CommonName, UniversalTagNumber.UTF8String, machineNumber.ToString())
        && IsName(subject, Oids.SerialNumber, UniversalTagNumber.PrintableString, machineNumber.ToString())
        && machineNumber.Model == profile.Model
        && !subject.HasData;

    private static bool IsName(AsnReader subject, string type, UniversalTagNumber encoding, string value)
    {
        var set = subject.ReadSetOf();
        var pair = set.ReadSequence();
        return pair.ReadObjectIdentifier() == type && pair.ReadCharacterString(encoding) == value && !pair.HasData && !set.HasData;
    }

    private static string? FindDifferentExtension(AsnReader extensions, CertificateProfile profile, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> identifier = stackalloc byte[PublicKeyInfo.KeyIdentifierSize];
        PublicKeyInfo.KeyIdentifier(publicKey, identifier);
        if (!IsKeyUsage(Next(extensions, Oids.KeyUsage, critical: true)))
            return "keyUsage";
        if (!IsExtendedKeyUsage(Next(extensions, Oids.ExtendedKeyUsage, critical: false)))
            return "extendedKeyUsage";
        if (Next(extensions, Oids.SubjectKeyIdentifier, critical: false) is not { } own || !own.TryReadPrimitiveOctetString(out var ownIdentifier) || own.HasData || !ownIdentifier.Span.SequenceEqual(identifier))
            return "subjectKeyIdentifier";
        if (!IsAuthorityKeyIdentifier(Next(extensions, Oids.AuthorityKeyIdentifier, critical: false), profile))
            return "authorityKeyIdentifier";
        if (profile.CrlUrl is not null && !IsCrlDistributionPoint(Next(extensions, Oids.CrlDistributionPoints, critical: false), profile.CrlUrl))
            return "cRLDistributionPoints";
        if (profile.OcspUrl is not null && !IsOcspAccess(Next(extensions, Oids.AuthorityInformationAccess, critical: false), profile.OcspUrl))
            return "authorityInfoAccess";
        return extensions.HasData ? "an extension too many" : null;
    }

    /// <summary>The value of the next extension; null where it is another one, or its criticality another.</summary>
    private static AsnReader? Next(AsnReader extensions, string type, bool critical)
    {
        if (!extensions.HasData)
            return null;
        var extension = extensions.ReadSequence();
        if (extension.ReadObjectIdentifier() != type)
            return null;
        var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
        return isCritical == critical && extension.TryReadPrimitiveOctetString(out var value) && !extension.HasData ? new AsnReader(value, Der) : null;
    }

    private static bool IsKeyUsage(AsnReader? value) =>
        value is not null && value.TryReadPrimitiveBitString(out var unused, out var bits) && unused == 7 && bits.Span is [0x80] && !value.HasData;

    private static bool IsExtendedKeyUsage(AsnReader? value)
    {
        if (value?.ReadSequence() is not { } usages || value.HasData)
            return false;
        return usages.ReadObjectIdentifier() == Oids.ClientAuthentication && usages.ReadObjectIdentifier() == Oids.ServerAuthentication && !usages.HasData;
    }

    private static bool IsAuthorityKeyIdentifier(AsnReader? value, CertificateProfile profile)
    {
        if (value?.ReadSequence() is not { } fields || value.HasData)
            return false;
        return fields.TryReadPrimitiveOctetString(out var identifier, KeyIdentifier) && identifier.Span.SequenceEqual(profile.Issuer.KeyIdentifier.Span) && !fields.HasData;
    }

    private static bool IsCrlDistributionPoint(AsnReader? value, string url)
    {
        if (value?.ReadSequence() is not { } points || value.HasData)
            return false;
        var name = points.ReadSequence().ReadSequence(Context0).ReadSequence(Context0);
        return name.ReadCharacterString(UniversalTagNumber.IA5String, Url) == url && !name.HasData && !points.HasData;
    }

    private static bool IsOcspAccess(AsnReader? value, string url)
    {
        if (value?.ReadSequence() is not { } descriptions || value.HasData)
            return false;
        var description = descriptions.ReadSequence();
        return description.ReadObjectIdentifier() == Oids.Ocsp
            && description.ReadCharacterString(UniversalTagNumber.IA5String, Url) == url
            && !description.HasData
            && !descriptions.HasData;
    }
}
