using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Rules about the extensions as such, about key identifiers and about what the key may be used for.</summary>
internal static class ExtensionRules
{
    // Named bits of keyUsage (RFC 5280, 4.2.1.3), bit 0 the highest of 16.
    private const int DigitalSignature = 0x8000;
    private const int KeyEncipherment = 0x2000;
    private const int DataEncipherment = 0x1000;
    private const int KeyAgreement = 0x0800;
    private const int KeyCertSign = 0x0400;
    private const int CrlSign = 0x0200;
    private const int EncipherOnly = 0x0100;
    private const int DecipherOnly = 0x0080;

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new("RFC5280_4_2_ExtensionStandsOnlyOnce", "No extension stands twice.", LintScope.Every,
            static (in c) => !c.HasExtensionTwice),
        new("RFC5280_4_2_ExtensionIsKnown", "There is no extension that this CA does not know.", LintScope.Every,
            static (in c) => !c.HasUnknownExtension),
        new("RFC5280_4_2_1_1_AuthorityKeyIdentifierIsPresent", "The certificate names its issuing CA's key.", LintScope.Every,
            static (in c) => c.AuthorityKeyIdentifier.IsPresent),
        new("RFC5280_4_2_1_1_AuthorityKeyIdentifierIsNotCritical", "authorityKeyIdentifier is not critical.", LintScope.Every,
            static (in c) => !c.AuthorityKeyIdentifier.IsCritical),
        new("RFC5280_4_2_1_1_AuthorityKeyIdentifierIsTheSigners", "authorityKeyIdentifier is the issuing CA's subjectKeyIdentifier, and nothing else stands in it.", LintScope.Every,
            static (in c) => !c.AuthorityKeyIdentifier.IsPresent || IsKeyIdentifier(c.AuthorityKeyIdentifier.Value, c.Signer.KeyIdentifier)),
        new("RFC5280_4_2_1_2_SubjectKeyIdentifierIsPresent", "The certificate names its own key.", LintScope.Every,
            static (in c) => c.SubjectKeyIdentifier.IsPresent),
        new("RFC5280_4_2_1_2_SubjectKeyIdentifierIsNotCritical", "subjectKeyIdentifier is not critical.", LintScope.Every,
            static (in c) => !c.SubjectKeyIdentifier.IsCritical),
        new("RFC7093_2_SubjectKeyIdentifierIsADigestOfTheKey", "subjectKeyIdentifier is the leftmost 160 bits of SHA-256 over the key (method 1).", LintScope.Every,
            static (in c) => !c.SubjectKeyIdentifier.IsPresent || IsDigestOfKey(c)),
        new("RFC5280_4_2_1_3_KeyUsageIsPresentAndCritical", "keyUsage is there and critical.", LintScope.Every,
            static (in c) => c.KeyUsage.IsPresent && c.KeyUsage.IsCritical),
        new("RFC5280_4_2_1_3_KeyUsageHasABit", "keyUsage names at least one use.", LintScope.Every,
            static (in c) => !c.KeyUsage.IsPresent || c.KeyUsageBits != 0),
        new("X690_11_2_2_KeyUsageHasNoTrailingZeros", "The named bits of keyUsage end with a set one.", LintScope.Every,
            static (in c) => !c.KeyUsage.IsPresent || c.KeyUsageBits == 0 || IsShortestBitString(c.KeyUsage.Value)),
        new("RFC5280_4_2_1_3_OnlyACaSignsCertificates", "keyCertSign and cRLSign are for CAs.", LintScope.End,
            static (in c) => (c.KeyUsageBits & (KeyCertSign | CrlSign)) == 0),
        new("RFC5280_4_2_1_3_CaSignsCertificates", "A CA's key signs certificates and CRLs.", LintScope.Authority,
            static (in c) => !c.KeyUsage.IsPresent || c.KeyUsageBits == 0 || (c.KeyUsageBits & (KeyCertSign | CrlSign)) == (KeyCertSign | CrlSign)),
        new("RFC5280_4_2_1_3_EncipherOnlyNeedsKeyAgreement", "encipherOnly and decipherOnly only say something about keyAgreement.", LintScope.Every,
            static (in c) => (c.KeyUsageBits & (EncipherOnly | DecipherOnly)) == 0 || (c.KeyUsageBits & KeyAgreement) != 0),
        new("RFC5480_3_KeyUsageFitsAnEcKey", "An EC key enciphers neither keys nor data.", LintScope.Every,
            static (in c) => !PublicKeyRules.IsEc(c) || (c.KeyUsageBits & (KeyEncipherment | DataEncipherment)) == 0),
        new("RFC3279_2_3_1_KeyUsageFitsAnRsaKey", "An RSA key agrees on no keys.", LintScope.Every,
            static (in c) => !PublicKeyRules.IsRsa(c) || (c.KeyUsageBits & KeyAgreement) == 0),
        new("RFC5280_4_2_1_9_OnlyACaSaysSo", "basicConstraints of an end entity, if any, says that it is no CA.", LintScope.End,
            static (in c) => !c.BasicConstraints.IsPresent || c.BasicConstraints.Value is [DerReader.Sequence, 0]),
        new("RFC5280_4_2_1_9_CaSaysSoCritically", "basicConstraints of a CA is critical and says that it is one.", LintScope.Authority,
            static (in c) => c.BasicConstraints.IsCritical && new DerReader(c.BasicConstraints.Value).Inside(DerReader.Sequence).TryRead(DerReader.Boolean, out var isCa) && isCa is [0xFF]),
        new("RFC5280_4_2_1_12_ExtendedKeyUsageHasAPurpose", "extendedKeyUsage names at least one purpose.", LintScope.Every,
            static (in c) => !c.ExtendedKeyUsage.IsPresent || new DerReader(c.ExtendedKeyUsage.Value).Inside(DerReader.Sequence).HasData),
        new("RFC5280_4_2_1_12_PurposeStandsOnlyOnce", "extendedKeyUsage names no purpose twice.", LintScope.Every,
            static (in c) => !c.ExtendedKeyUsage.IsPresent || NoPurposeTwice(c.ExtendedKeyUsage.Value)),
        new("RFC5280_4_2_1_12_NotForAnyPurpose", "extendedKeyUsage does not name anyExtendedKeyUsage.", LintScope.Every,
            static (in c) => !HasPurpose(c, OidBytes.AnyExtendedKeyUsage)),
        new("RFC5280_4_2_1_12_PurposeFitsKeyUsage", "clientAuth needs digitalSignature or keyAgreement, serverAuth one of them or keyEncipherment.", LintScope.End,
            static (in c) => c.KeyUsageBits == 0
                || ((!HasPurpose(c, OidBytes.ClientAuthentication) || (c.KeyUsageBits & (DigitalSignature | KeyAgreement)) != 0)
                    && (!HasPurpose(c, OidBytes.ServerAuthentication) || (c.KeyUsageBits & (DigitalSignature | KeyAgreement | KeyEncipherment)) != 0))),
    ];

    private static bool IsKeyIdentifier(ReadOnlySpan<byte> value, ReadOnlySpan<byte> expected)
    {
        var outer = new DerReader(value);
        var fields = outer.Inside(DerReader.Sequence);
        return fields.Read(0x80).SequenceEqual(expected) && !fields.HasData && !outer.HasData;
    }

    private static bool IsDigestOfKey(in CertificateContent c)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(c.Key, digest);
        var reader = new DerReader(c.SubjectKeyIdentifier.Value);
        return reader.Read(DerReader.OctetString).SequenceEqual(digest[..20]) && !reader.HasData;
    }

    private static bool IsShortestBitString(ReadOnlySpan<byte> value)
    {
        var bits = new DerReader(value).Read(DerReader.BitString);
        return bits.Length is 2 or 3 && bits[0] < 8 && (bits[^1] & ((1 << (bits[0] + 1)) - 1)) == 1 << bits[0];
    }

    private static bool HasPurpose(in CertificateContent c, ReadOnlySpan<byte> purpose)
    {
        if (!c.ExtendedKeyUsage.IsPresent)
            return false;
        var purposes = new DerReader(c.ExtendedKeyUsage.Value).Inside(DerReader.Sequence);
        while (purposes.HasData)
        {
            if (purposes.Read(DerReader.Oid).SequenceEqual(purpose))
                return true;
        }

        return false;
    }

    private static bool NoPurposeTwice(ReadOnlySpan<byte> value)
    {
        var purposes = new DerReader(value).Inside(DerReader.Sequence);
        while (purposes.HasData)
        {
            var one = purposes.Read(DerReader.Oid);
            var others = purposes;
            while (others.HasData)
            {
                if (others.Read(DerReader.Oid).SequenceEqual(one))
                    return false;
            }
        }

        return true;
    }
}
