using System.Formats.Asn1;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The part of a certificate that is signed (TBSCertificate, RFC 5280, 4.1), for all certificates of one profile that are made at one time: encoded once,
/// then copied and filled in with serial number, machine number, public key and key identifier. Public keys of one algorithm and size have encodings of one length.
/// </summary>
internal sealed class ToBeSigned
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Context3 = new(TagClass.ContextSpecific, 3);
    private static readonly Asn1Tag Context6 = new(TagClass.ContextSpecific, 6);
    private static readonly byte[] DigitalSignature = [0x80]; // KeyUsage bit 0 (RFC 5280, 4.2.1.3)
    private static readonly DateTimeOffset GeneralizedFrom = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DerTemplate.Hole _serialNumber = DerTemplate.Hole.OfBytes(SerialNumber.Size);
    private readonly DerTemplate.Hole _machineNumber = DerTemplate.Hole.OfText(MachineNumber.Length, occurrences: 2);
    private readonly DerTemplate.Hole _publicKey;
    private readonly DerTemplate.Hole _keyIdentifier = DerTemplate.Hole.OfBytes(PublicKeyInfo.KeyIdentifierSize);
    private readonly DerTemplate _template;

    /// <summary>The template of <paramref name="profile"/> for certificates made <paramref name="now"/> whose SubjectPublicKeyInfo has <paramref name="publicKeySize"/> octets.</summary>
    public ToBeSigned(CertificateProfile profile, DateTimeOffset now, int publicKeySize)
    {
        Profile = profile;
        _publicKey = DerTemplate.Hole.OfSequence(publicKeySize);
        (_, NotAfter) = profile.ValidityAt(now);
        _template = DerTemplate.Create(Encode(profile, now), _serialNumber, _machineNumber, _publicKey, _keyIdentifier);
    }

    /// <summary>What it is made by.</summary>
    public CertificateProfile Profile { get; }

    /// <summary>When the validity of everything made with it ends.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>The octets to be signed for one device, whose public key (SubjectPublicKeyInfo, DER) is <paramref name="publicKey"/>.</summary>
    public byte[] Fill(ReadOnlySpan<byte> serialNumber, MachineNumber machineNumber, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> identifier = stackalloc byte[PublicKeyInfo.KeyIdentifierSize];
        PublicKeyInfo.KeyIdentifier(publicKey, identifier);
        Span<byte> name = stackalloc byte[MachineNumber.Length];
        Encoding.ASCII.GetBytes(machineNumber.ToString(), name);
        var filled = _template.Copy();
        _serialNumber.Fill(filled, serialNumber);
        _machineNumber.Fill(filled, name);
        _publicKey.Fill(filled, publicKey);
        _keyIdentifier.Fill(filled, identifier);
        return filled;
    }

    private byte[] Encode(CertificateProfile profile, DateTimeOffset now)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Context0))
                writer.WriteInteger(2);
            writer.WriteInteger(_serialNumber.Placeholder);
            writer.WriteEncodedValue(profile.Issuer.SignatureAlgorithm.Encoded);
            writer.WriteEncodedValue(profile.Issuer.Subject.Span);
            WriteValidity(writer, profile.ValidityAt(now));
            WriteSubject(writer, profile, Encoding.ASCII.GetString(_machineNumber.Placeholder));
            writer.WriteEncodedValue(_publicKey.Placeholder);
            using (writer.PushSequence(Context3))
            using (writer.PushSequence())
                WriteExtensions(writer, profile);
        }

        return writer.Encode();
    }

    private static void WriteValidity(AsnWriter writer, (DateTimeOffset NotBefore, DateTimeOffset NotAfter) validity)
    {
        using (writer.PushSequence())
        {
            foreach (var time in new[] { validity.NotBefore, validity.NotAfter })
            {
                // RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on.
                if (time < GeneralizedFrom)
                    writer.WriteUtcTime(time);
                else
                    writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
            }
        }
    }

    private static void WriteSubject(AsnWriter writer, CertificateProfile profile, string machineNumber)
    {
        using (writer.PushSequence())
        {
            WriteName(writer, Oids.Organization, UniversalTagNumber.UTF8String, profile.Organization);
            WriteName(writer, Oids.OrganizationalUnit, UniversalTagNumber.UTF8String, profile.Model.ToString());
            WriteName(writer, Oids.CommonName, UniversalTagNumber.UTF8String, machineNumber);
            WriteName(writer, Oids.SerialNumber, UniversalTagNumber.PrintableString, machineNumber);
        }
    }

    private static void WriteName(AsnWriter writer, string type, UniversalTagNumber encoding, string value)
    {
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(type);
            writer.WriteCharacterString(encoding, value);
        }
    }

    private void WriteExtensions(AsnWriter writer, CertificateProfile profile)
    {
        WriteExtension(writer, Oids.KeyUsage, critical: true, static value => value.WriteBitString(DigitalSignature, unusedBitCount: 7));
        WriteExtension(writer, Oids.ExtendedKeyUsage, critical: false, static value =>
        {
            using (value.PushSequence())
            {
                value.WriteObjectIdentifier(Oids.ClientAuthentication);
                value.WriteObjectIdentifier(Oids.ServerAuthentication);
            }
        });
        WriteExtension(writer, Oids.SubjectKeyIdentifier, critical: false, value => value.WriteOctetString(_keyIdentifier.Placeholder));
        WriteExtension(writer, Oids.AuthorityKeyIdentifier, critical: false, value =>
        {
            using (value.PushSequence())
                value.WriteOctetString(profile.Issuer.KeyIdentifier.Span, Context0);
        });
        if (profile.CrlUrl is { } crl)
            WriteExtension(writer, Oids.CrlDistributionPoints, critical: false, value => WriteCrlDistributionPoint(value, crl));
        if (profile.OcspUrl is { } ocsp)
            WriteExtension(writer, Oids.AuthorityInformationAccess, critical: false, value => WriteOcspAccess(value, ocsp));
    }

    private static void WriteExtension(AsnWriter writer, string type, bool critical, Action<AsnWriter> writeValue)
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

    private static void WriteCrlDistributionPoint(AsnWriter writer, string url)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(Context0))
        using (writer.PushSequence(Context0))
            writer.WriteCharacterString(UniversalTagNumber.IA5String, url, Context6);
    }

    private static void WriteOcspAccess(AsnWriter writer, string url)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.Ocsp);
            writer.WriteCharacterString(UniversalTagNumber.IA5String, url, Context6);
        }
    }
}
