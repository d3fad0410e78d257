using System.Formats.Asn1;
using System.Text;
using ProvisioningStation.CertificateAuthority.Lint;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The last look before the signature: reads the to-be-signed octets back, with a parser and not with the template that wrote them, applies every rule of
/// <see cref="CertificateLint"/>, and compares every field with the profile, the machine number, the reserved serial number and the key. Anything else than expected, an extension
/// too many included, is refused.
/// </summary>
internal static class ToBeSignedCheck
{
    /// <summary>Compares <paramref name="toBeSigned"/> with the rules and with what it must say.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.ProfileViolation"/>: it breaks a rule or says something else; it must not be signed.</exception>
    public static void Require(ReadOnlySpan<byte> toBeSigned, CertificateProfile profile, MachineNumber machineNumber, SerialNumber serialNumber, ReadOnlySpan<byte> publicKey)
    {
        string? wrong;
        try
        {
            var certificate = new CertificateContent(toBeSigned, profile.Signer);
            CertificateLint.Require(certificate);
            Span<byte> name = stackalloc byte[MachineNumber.Length];
            Encoding.ASCII.GetBytes(machineNumber.ToString(), name);
            wrong = FindDifference(certificate, profile, machineNumber, name, serialNumber, publicKey) ?? FindDifferentExtension(certificate, profile, name);
        }
        catch (AsnContentException)
        {
            throw CertificateLint.Violation(CertificateLint.Encoding);
        }

        if (wrong is not null)
            throw new ProvisioningException(ErrorCode.ProfileViolation, $"The certificate content of {machineNumber} does not match the profile it was reserved under ({wrong}). It was not signed.");
    }

    private static string? FindDifference(
        in CertificateContent certificate, CertificateProfile profile, MachineNumber machineNumber, ReadOnlySpan<byte> name, SerialNumber serialNumber, ReadOnlySpan<byte> publicKey)
    {
        if (!certificate.SerialNumber.SequenceEqual(serialNumber.ToBytes()))
            return "the serial number";
        if (!IsValidityAllowed(certificate, profile))
            return "the validity";
        if (!IsSubject(certificate.Subject, profile, name) || machineNumber.Model != profile.Model)
            return "the subject";
        return certificate.PublicKey.SequenceEqual(publicKey) ? null : "the public key";
    }

    private static bool IsValidityAllowed(in CertificateContent certificate, CertificateProfile profile) => profile.Content.Validity is { } validity
        ? certificate.NotAfter.Moment - certificate.NotBefore.Moment <= validity
        : certificate.NotAfter.Moment == CertificateProfile.NoExpiry;

    private static bool IsSubject(ReadOnlySpan<byte> subject, CertificateProfile profile, ReadOnlySpan<byte> name)
    {
        var attributes = NameAttribute.Of(subject);
        return IsNext(ref attributes, OidBytes.Organization, DerReader.Utf8String, profile.Organization)
            && IsNext(ref attributes, OidBytes.OrganizationalUnit, DerReader.Utf8String, profile.OrganizationalUnit)
            && IsNext(ref attributes, OidBytes.CommonName, DerReader.Utf8String, name)
            && IsNext(ref attributes, OidBytes.SerialNumber, DerReader.PrintableString, name)
            && !attributes.Next(out _);
    }

    private static bool IsNext(ref NameAttribute.Reader attributes, ReadOnlySpan<byte> type, byte tag, ReadOnlySpan<byte> value) =>
        attributes.Next(out var attribute) && attribute.Type.SequenceEqual(type) && attribute.Tag == tag && attribute.Value.SequenceEqual(value);

    /// <summary>What the rules have not compared: that an extension is there exactly where the profile wants it, and says what the profile says.</summary>
    private static string? FindDifferentExtension(in CertificateContent certificate, CertificateProfile profile, ReadOnlySpan<byte> name)
    {
        if (certificate.BasicConstraints.IsPresent)
            return "an extension too many";
        if (!IsKeyUsage(certificate, profile.Content))
            return "keyUsage";
        if (!IsExtendedKeyUsage(certificate.ExtendedKeyUsage, profile.Content))
            return "extendedKeyUsage";
        if (certificate.SubjectAlternativeName.IsPresent != profile.Content.HasAlternativeName || (profile.Content.HasAlternativeName && !IsAlternativeName(certificate.SubjectAlternativeName.Value, profile.Content, name)))
            return "subjectAltName";
        if (!IsCrlDistributionPoint(certificate.CrlDistributionPoints, profile.CrlUrl))
            return "cRLDistributionPoints";
        return IsAccess(certificate.AuthorityInformationAccess, profile.OcspUrl, profile.CaIssuersUrl) ? null : "authorityInfoAccess";
    }

    private static bool IsKeyUsage(in CertificateContent certificate, ModelProfile profile) =>
        certificate.KeyUsageBits == (0x8000 | (profile.KeyEncipherment ? 0x2000 : 0) | (profile.KeyAgreement ? 0x0800 : 0));

    private static bool IsExtendedKeyUsage(CertificateExtension extension, ModelProfile profile)
    {
        if (!extension.IsPresent || extension.IsCritical)
            return false;
        var outer = new DerReader(extension.Value);
        var purposes = outer.Inside(DerReader.Sequence);
        return (!profile.ClientAuthentication || purposes.Read(DerReader.Oid).SequenceEqual(OidBytes.ClientAuthentication))
            && (!profile.ServerAuthentication || purposes.Read(DerReader.Oid).SequenceEqual(OidBytes.ServerAuthentication))
            && !purposes.HasData
            && !outer.HasData;
    }

    private static bool IsAlternativeName(ReadOnlySpan<byte> value, ModelProfile profile, ReadOnlySpan<byte> name)
    {
        var outer = new DerReader(value);
        var names = outer.Inside(DerReader.Sequence);
        if (profile.HardwareType is { } type
            && !(PlaceRules.IsHardwareModule(names.Read(0xA0), out var module)
                && AsnDecoder.ReadObjectIdentifier([DerReader.Oid, (byte)module.Type.Length, .. module.Type], AsnEncodingRules.DER, out _) == type
                && module.Serial.SequenceEqual(name)))
        {
            return false;
        }

        return (profile.DnsName is null || IsDevices(names.Read(0x82), profile.DnsName, name))
            && (profile.Uri is null || IsDevices(names.Read(0x86), profile.Uri, name))
            && !names.HasData
            && !outer.HasData;
    }

    private static bool IsDevices(ReadOnlySpan<byte> text, string template, ReadOnlySpan<byte> name) =>
        IsText(text, template.Replace(ProfileText.MachineNumber, Encoding.ASCII.GetString(name), StringComparison.Ordinal));

    private static bool IsCrlDistributionPoint(CertificateExtension extension, string? url)
    {
        if (url is null || !extension.IsPresent)
            return url is null && !extension.IsPresent;
        var outer = new DerReader(extension.Value);
        var points = outer.Inside(DerReader.Sequence);
        var point = points.Inside(DerReader.Sequence);
        var tagged = point.Inside(0xA0);
        var names = tagged.Inside(0xA0);
        return IsText(names.Read(0x86), url) && !names.HasData && !tagged.HasData && !point.HasData && !points.HasData && !outer.HasData;
    }

    private static bool IsAccess(CertificateExtension extension, string? ocsp, string? caIssuers)
    {
        if ((ocsp is null && caIssuers is null) || !extension.IsPresent)
            return ocsp is null && caIssuers is null && !extension.IsPresent;
        var outer = new DerReader(extension.Value);
        var descriptions = outer.Inside(DerReader.Sequence);
        return (ocsp is null || IsAccess(ref descriptions, OidBytes.Ocsp, ocsp))
            && (caIssuers is null || IsAccess(ref descriptions, OidBytes.CaIssuers, caIssuers))
            && !descriptions.HasData
            && !outer.HasData;
    }

    private static bool IsAccess(scoped ref DerReader descriptions, ReadOnlySpan<byte> method, string url)
    {
        var description = descriptions.Inside(DerReader.Sequence);
        return description.Read(DerReader.Oid).SequenceEqual(method) && IsText(description.Read(0x86), url) && !description.HasData;
    }

    private static bool IsText(ReadOnlySpan<byte> octets, string text) => Ascii.Equals(octets, text);
}
