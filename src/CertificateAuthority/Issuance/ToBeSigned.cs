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
    private static readonly DateTimeOffset GeneralizedFrom = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DerTemplate.Hole _serialNumber = DerTemplate.Hole.OfBytes(SerialNumber.Size);
    private readonly DerTemplate.Hole _machineNumber = DerTemplate.Hole.OfText(MachineNumber.Length);
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
                ProfileExtensions.Write(writer, profile, _keyIdentifier.Placeholder, Encoding.ASCII.GetString(_machineNumber.Placeholder));
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
            WriteName(writer, Oids.Organization, UniversalTagNumber.UTF8String, profile.Content.Organization);
            WriteName(writer, Oids.OrganizationalUnit, UniversalTagNumber.UTF8String, profile.Content.OrganizationalUnit);
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
}
