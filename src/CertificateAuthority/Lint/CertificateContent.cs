using System.Formats.Asn1;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>One extension of a certificate.</summary>
internal readonly ref struct CertificateExtension(bool isCritical, ReadOnlySpan<byte> value)
{
    /// <summary>Whether the certificate has it.</summary>
    public bool IsPresent { get; } = true;

    /// <summary>Whether it is marked critical.</summary>
    public bool IsCritical { get; } = isCritical;

    /// <summary>What stands in its OCTET STRING.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>
/// To-be-signed octets (TBSCertificate, RFC 5280, 4.1) taken apart once, for all rules and for the comparison with the profile. It holds views of the octets and copies nothing.
/// </summary>
internal readonly ref struct CertificateContent
{
    /// <summary>Takes <paramref name="toBeSigned"/> apart.</summary>
    /// <exception cref="AsnContentException">It is no TBSCertificate in DER.</exception>
    public CertificateContent(ReadOnlySpan<byte> toBeSigned, CertificateSigner signer)
    {
        Signer = signer;
        var outer = new DerReader(toBeSigned);
        var fields = outer.Inside(DerReader.Sequence);
        outer.End();
        if (fields.TryRead(0xA0, out var version))
        {
            var inside = new DerReader(version);
            Version = inside.Read(DerReader.Integer);
            inside.End();
        }

        SerialNumber = fields.Read(DerReader.Integer);
        if (SerialNumber.IsEmpty || (SerialNumber.Length > 1 && (SerialNumber[0] == 0 ? SerialNumber[1] < 0x80 : SerialNumber[0] == 0xFF && SerialNumber[1] >= 0x80)))
            throw new AsnContentException("The serial number is not in its shortest form.");
        SignatureAlgorithm = fields.ReadEncoded(DerReader.Sequence);
        Issuer = fields.ReadEncoded(DerReader.Sequence);
        var validity = fields.Inside(DerReader.Sequence);
        NotBefore = CertificateTime.Read(ref validity);
        NotAfter = CertificateTime.Read(ref validity);
        validity.End();
        Subject = fields.ReadEncoded(DerReader.Sequence);
        PublicKey = fields.ReadEncoded(DerReader.Sequence);
        var key = new DerReader(PublicKey).Inside(DerReader.Sequence);
        var algorithm = key.Inside(DerReader.Sequence);
        KeyAlgorithm = algorithm.Read(DerReader.Oid);
        KeyParameters = algorithm.HasData ? algorithm.ReadEncoded(algorithm.Tag) : default;
        algorithm.End();
        var bits = key.Read(DerReader.BitString);
        key.End();
        if (bits is not [0, .. var whole])
            throw new AsnContentException("The public key is not of whole octets.");
        Key = whole;
        while (fields.Tag is 0x81 or 0x82)
        {
            fields.Read(fields.Tag);
            HasUniqueIdentifier = true;
        }

        if (fields.TryRead(0xA3, out var tagged))
        {
            var inside = new DerReader(tagged);
            var extensions = inside.Inside(DerReader.Sequence);
            inside.End();
            while (extensions.HasData)
            {
                var one = extensions.Inside(DerReader.Sequence);
                var type = one.Read(DerReader.Oid);
                var isCritical = one.TryRead(DerReader.Boolean, out var flag);
                if (isCritical && flag is not [0xFF])
                    throw new AsnContentException("TRUE is FF, and FALSE, the default, is not encoded.");
                var extension = new CertificateExtension(isCritical, one.Read(DerReader.OctetString));
                one.End();
                switch (type)
                {
                    case [0x55, 0x1D, 14]:
                        HasExtensionTwice |= SubjectKeyIdentifier.IsPresent;
                        SubjectKeyIdentifier = extension;
                        break;
                    case [0x55, 0x1D, 15]:
                        HasExtensionTwice |= KeyUsage.IsPresent;
                        KeyUsage = extension;
                        break;
                    case [0x55, 0x1D, 17]:
                        HasExtensionTwice |= SubjectAlternativeName.IsPresent;
                        SubjectAlternativeName = extension;
                        break;
                    case [0x55, 0x1D, 19]:
                        HasExtensionTwice |= BasicConstraints.IsPresent;
                        BasicConstraints = extension;
                        break;
                    case [0x55, 0x1D, 31]:
                        HasExtensionTwice |= CrlDistributionPoints.IsPresent;
                        CrlDistributionPoints = extension;
                        break;
                    case [0x55, 0x1D, 35]:
                        HasExtensionTwice |= AuthorityKeyIdentifier.IsPresent;
                        AuthorityKeyIdentifier = extension;
                        break;
                    case [0x55, 0x1D, 37]:
                        HasExtensionTwice |= ExtendedKeyUsage.IsPresent;
                        ExtendedKeyUsage = extension;
                        break;
                    default:
                        if (type.SequenceEqual(OidBytes.AuthorityInformationAccess))
                        {
                            HasExtensionTwice |= AuthorityInformationAccess.IsPresent;
                            AuthorityInformationAccess = extension;
                        }
                        else
                        {
                            HasUnknownExtension = true;
                        }

                        break;
                }
            }
        }

        fields.End();
    }

    /// <summary>Who is to sign.</summary>
    public CertificateSigner Signer { get; }

    /// <summary>The content of the INTEGER; empty where there is none.</summary>
    public ReadOnlySpan<byte> Version { get; }

    /// <summary>The content of the INTEGER.</summary>
    public ReadOnlySpan<byte> SerialNumber { get; }

    /// <summary>The AlgorithmIdentifier whole.</summary>
    public ReadOnlySpan<byte> SignatureAlgorithm { get; }

    /// <summary>The issuer's name whole.</summary>
    public ReadOnlySpan<byte> Issuer { get; }

    public CertificateTime NotBefore { get; }

    public CertificateTime NotAfter { get; }

    /// <summary>The subject's name whole.</summary>
    public ReadOnlySpan<byte> Subject { get; }

    /// <summary>The SubjectPublicKeyInfo whole.</summary>
    public ReadOnlySpan<byte> PublicKey { get; }

    /// <summary>The OBJECT IDENTIFIER of the key's algorithm.</summary>
    public ReadOnlySpan<byte> KeyAlgorithm { get; }

    /// <summary>The parameters of the key's algorithm whole; empty where there are none.</summary>
    public ReadOnlySpan<byte> KeyParameters { get; }

    /// <summary>The key itself: the octets of the BIT STRING.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public bool HasUniqueIdentifier { get; }

    public bool HasExtensionTwice { get; }

    public bool HasUnknownExtension { get; }

    public CertificateExtension SubjectKeyIdentifier { get; }

    public CertificateExtension KeyUsage { get; }

    public CertificateExtension SubjectAlternativeName { get; }

    public CertificateExtension BasicConstraints { get; }

    public CertificateExtension CrlDistributionPoints { get; }

    public CertificateExtension AuthorityKeyIdentifier { get; }

    public CertificateExtension ExtendedKeyUsage { get; }

    public CertificateExtension AuthorityInformationAccess { get; }

    /// <summary>The named bits of keyUsage, bit 0 (digitalSignature) the highest of 16.</summary>
    public int KeyUsageBits => KeyUsage.IsPresent && new DerReader(KeyUsage.Value).Read(DerReader.BitString) is [_, var first, ..] bits
        ? (first << 8) | (bits.Length > 2 ? bits[2] : 0)
        : 0;
}
