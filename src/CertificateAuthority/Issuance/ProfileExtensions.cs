using System.Formats.Asn1;
using System.Text;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Writes the extensions of a device's certificate (RFC 5280, 4.2) as its profile wants them.</summary>
internal static class ProfileExtensions
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Writes all of them, in the order in which they are compared later.</summary>
    public static void Write(AsnWriter writer, CertificateProfile profile, byte[] keyIdentifier, string machineNumber)
    {
        Write(writer, Oids.KeyUsage, critical: true, value => WriteKeyUsage(value, profile.Content));
        Write(writer, Oids.ExtendedKeyUsage, critical: false, value => WriteExtendedKeyUsage(value, profile.Content));
        Write(writer, Oids.SubjectKeyIdentifier, critical: false, value => value.WriteOctetString(keyIdentifier));
        Write(writer, Oids.AuthorityKeyIdentifier, critical: false, value =>
        {
            using (value.PushSequence())
                value.WriteOctetString(profile.Issuer.KeyIdentifier.Span, Context0);
        });
        if (profile.Content.HasAlternativeName)
            Write(writer, Oids.SubjectAlternativeName, critical: false, value => WriteAlternativeNames(value, profile.Content, machineNumber));
        if (profile.CrlUrl is { } crl)
            Write(writer, Oids.CrlDistributionPoints, critical: false, value => WriteCrlDistributionPoint(value, crl));
        if (profile.OcspUrl is not null || profile.CaIssuersUrl is not null)
            Write(writer, Oids.AuthorityInformationAccess, critical: false, value => WriteAccess(value, profile));
    }

    private static void Write(AsnWriter writer, string type, bool critical, Action<AsnWriter> writeValue)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(type);
            if (critical)
                writer.WriteBoolean(true);
            using (writer.PushOctetString())
                writeValue(writer);
        }
    }

    private static void WriteKeyUsage(AsnWriter writer, ModelProfile profile)
    {
        var bits = 0x80 | (profile.KeyEncipherment ? 0x20 : 0) | (profile.KeyAgreement ? 0x08 : 0); // bits 0, 2, 4 (RFC 5280, 4.2.1.3)
        writer.WriteBitString([(byte)bits], System.Numerics.BitOperations.TrailingZeroCount(bits));
    }

    private static void WriteExtendedKeyUsage(AsnWriter writer, ModelProfile profile)
    {
        using (writer.PushSequence())
        {
            if (profile.ClientAuthentication)
                writer.WriteObjectIdentifier(Oids.ClientAuthentication);
            if (profile.ServerAuthentication)
                writer.WriteObjectIdentifier(Oids.ServerAuthentication);
        }
    }

    private static void WriteAlternativeNames(AsnWriter writer, ModelProfile profile, string machineNumber)
    {
        using (writer.PushSequence())
        {
            if (profile.HardwareType is { } type)
                WriteHardwareModuleName(writer, type, machineNumber);
            if (profile.DnsName is { } dnsName)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, dnsName.Replace(ProfileText.MachineNumber, machineNumber, StringComparison.Ordinal), DnsName);
            if (profile.Uri is { } uri)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri.Replace(ProfileText.MachineNumber, machineNumber, StringComparison.Ordinal), Uri);
        }
    }

    /// <summary>RFC 4108, 5: an otherName around hwType and hwSerialNum.</summary>
    private static void WriteHardwareModuleName(AsnWriter writer, string type, string machineNumber)
    {
        using (writer.PushSequence(Context0))
        {
            writer.WriteObjectIdentifier(Oids.HardwareModuleName);
            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(type);
                writer.WriteOctetString(Encoding.ASCII.GetBytes(machineNumber));
            }
        }
    }

    private static void WriteCrlDistributionPoint(AsnWriter writer, string url)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(Context0))
        using (writer.PushSequence(Context0))
            writer.WriteCharacterString(UniversalTagNumber.IA5String, url, Uri);
    }

    private static void WriteAccess(AsnWriter writer, CertificateProfile profile)
    {
        using (writer.PushSequence())
        {
            foreach (var (method, url) in new[] { (Oids.Ocsp, profile.OcspUrl), (Oids.CaIssuers, profile.CaIssuersUrl) })
            {
                if (url is null)
                    continue;
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(method);
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, url, Uri);
                }
            }
        }
    }
}
