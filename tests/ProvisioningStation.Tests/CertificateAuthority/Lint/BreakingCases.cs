using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using static ProvisioningStation.Tests.CertificateAuthority.Lint.DerNode;

namespace ProvisioningStation.Tests.CertificateAuthority.Lint;

/// <summary>For every rule one change of a good certificate that breaks it and nothing else.</summary>
internal static class BreakingCases
{
    private const string Hardware = "1.3.6.1.4.1.32473.1.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>The rule's name, what is made from a good certificate's fields, and which good certificate it starts from.</summary>
    public static IReadOnlyDictionary<string, (string Base, Action<TbsNode> Break)> All { get; } = new Dictionary<string, (string, Action<TbsNode>)>(StringComparer.Ordinal)
    {
        ["X690_10_DistinguishedEncoding"] = ("ec", tbs => tbs.Extension(Oids.SubjectKeyIdentifier).Children.Insert(1, Primitive(0x01, 0x00))),
        ["RFC5280_4_1_2_1_VersionIs3"] = ("ec", tbs => tbs.Version[0].Content = [1]),
        ["RFC5280_4_1_2_2_SerialNumberIsPositive"] = ("ec", tbs => tbs.SerialNumber.Content[0] = 0x81),
        ["RFC5280_4_1_2_2_SerialNumberHasAtMost20Octets"] = ("ec", tbs => tbs.SerialNumber.Content = [0x40, .. RandomNumberGenerator.GetBytes(20)]),
        ["CABF_7_1_SerialNumberHasAtLeast64Bits"] = ("ec", tbs => tbs.SerialNumber.Content = [1, 2, 3]),
        ["RFC5280_4_1_2_3_SignatureAlgorithmIsTheSigners"] = ("ec", tbs => tbs.SignatureAlgorithm.Children.Add(Primitive(0x05))),
        ["RFC5280_4_1_2_4_IssuerIsTheSignersSubject"] = ("ec", tbs => tbs.Issuer[0][0][1].Content[0] ^= 1),
        ["RFC5280_4_1_2_5_1_UtcTimeHasSecondsAndZ"] = ("ec", tbs => tbs.NotBefore.Content = "2611210000Z"u8.ToArray()),
        ["RFC5280_4_1_2_5_2_GeneralizedTimeHasNoFraction"] = ("ec", tbs => (tbs.NotAfter.Tag, tbs.NotAfter.Content) = (0x18, "20550101000000.5Z"u8.ToArray())),
        ["RFC5280_4_1_2_5_UtcTimeThrough2049"] = ("ec", tbs => (tbs.NotAfter.Tag, tbs.NotAfter.Content) = (0x18, "20490101000000Z"u8.ToArray())),
        ["RFC5280_4_1_2_5_NotBeforeIsBeforeNotAfter"] = ("ec", tbs => (tbs.NotAfter.Tag, tbs.NotAfter.Content) = (tbs.NotBefore.Tag, tbs.NotBefore.Content)),
        ["RFC5280_6_1_3_BeginsInTheSignersValidity"] = ("ec", tbs => tbs.NotBefore.Content = "200101000000Z"u8.ToArray()),
        ["RFC5280_6_1_3_EndsInTheSignersValidity"] = ("ec", tbs => (tbs.NotAfter.Tag, tbs.NotAfter.Content) = (0x18, "29990101000000Z"u8.ToArray())),
        ["RFC5280_4_1_2_5_NoExpiryIs99991231235959Z"] = ("endless", tbs => (tbs.NotAfter.Tag, tbs.NotAfter.Content) = (0x18, "99991231000000Z"u8.ToArray())),
        ["RFC5280_4_1_2_8_NoUniqueIdentifiers"] = ("ec", tbs => tbs.Fields.Insert(7, Primitive(0x82, 0, 1))),

        ["RFC5280_4_1_2_6_SubjectIsNotEmpty"] = ("plain", tbs => tbs.Subject.Children.Clear()),
        ["RFC5280_4_1_2_4_DirectoryStringIsUtf8OrPrintable"] = ("ec", tbs => tbs.Subject[0][0][1].Tag = 0x14),
        ["RFC5280_A_1_SerialNumberAttributeIsPrintableString"] = ("ec", tbs => tbs.Subject[3][0][1].Tag = 0x0C),
        ["RFC5280_A_1_AttributeIsWithinItsUpperBound"] = ("ec", tbs => tbs.Subject[0][0][1].Content = Encoding.ASCII.GetBytes(new string('x', 65))),
        ["RFC3629_3_Utf8StringIsUtf8"] = ("ec", tbs => tbs.Subject[0][0][1].Content = [0x41, 0xC0, 0x80]),
        ["RFC5280_4_1_2_4_PrintableStringIsPrintable"] = ("ec", tbs => (tbs.Subject[0][0][1].Tag, tbs.Subject[0][0][1].Content) = (0x13, "a@b"u8.ToArray())),
        ["RFC5280_4_1_2_6_SubjectHasNoControlCharacters"] = ("ec", tbs => tbs.Subject[0][0][1].Content[0] = 0x07),
        ["CABF_7_1_4_AttributeStandsOnlyOnce"] = ("ec", tbs => tbs.Subject.Children.Insert(1, Parse(tbs.Subject[0].Encode()))),
        ["CABF_7_1_4_1_RelativeNameHasOneAttribute"] = ("ec", tbs =>
        {
            tbs.Subject[0].Children.Add(tbs.Subject[1][0]);
            tbs.Subject.Children.RemoveAt(1);
        }),
        ["IEEE8021AR_8_6_SubjectHasSerialNumber"] = ("ec", tbs => tbs.Subject.Children.RemoveAt(3)),

        ["RFC3279_2_3_KeyIsEcOrRsa"] = ("ec", tbs => tbs.KeyAlgorithm[0] = Oid("1.3.101.112")),
        ["RFC5480_2_1_1_CurveIsNamed"] = ("ec", tbs => tbs.KeyAlgorithm[1] = Oid("1.3.132.0.10")),
        ["RFC5480_2_2_PointIsUncompressed"] = ("ec", tbs => tbs.SetKey([3, .. tbs.Key[1..33]])),
        ["RFC3279_2_3_1_RsaParametersAreNull"] = ("rsa", tbs => tbs.KeyAlgorithm.Children.RemoveAt(1)),
        ["RFC8017_A_1_1_RsaKeyIsModulusAndExponent"] = ("rsa", tbs => tbs.ChangeRsa(key => key.Children.Add(Primitive(0x02, 1)))),
        ["RFC8017_3_1_RsaModulusHasEnoughBits"] = ("rsa", tbs => tbs.ChangeRsa(key => key[0].Content = [0, 0xFF, .. RandomNumberGenerator.GetBytes(126), 1])),
        ["RFC8017_3_1_RsaExponentIsOddAndLarge"] = ("rsa", tbs => tbs.ChangeRsa(key => key[1].Content = [3])),

        ["RFC5280_4_2_ExtensionStandsOnlyOnce"] = ("ec", tbs => tbs.Extensions.Children.Add(Parse(tbs.Extension(Oids.ExtendedKeyUsage).Encode()))),
        ["RFC5280_4_2_ExtensionIsKnown"] = ("ec", tbs => tbs.Add("1.3.6.1.4.1.32473.99", isCritical: false, Primitive(0x05))),
        ["RFC5280_4_2_1_1_AuthorityKeyIdentifierIsPresent"] = ("ec", tbs => tbs.Extensions.Children.Remove(tbs.Extension(Oids.AuthorityKeyIdentifier))),
        ["RFC5280_4_2_1_1_AuthorityKeyIdentifierIsNotCritical"] = ("ec", tbs => tbs.MakeCritical(Oids.AuthorityKeyIdentifier)),
        ["RFC5280_4_2_1_1_AuthorityKeyIdentifierIsTheSigners"] = ("ec", tbs => tbs.Change(Oids.AuthorityKeyIdentifier, value => value[0].Content[0] ^= 1)),
        ["RFC5280_4_2_1_2_SubjectKeyIdentifierIsPresent"] = ("ec", tbs => tbs.Extensions.Children.Remove(tbs.Extension(Oids.SubjectKeyIdentifier))),
        ["RFC5280_4_2_1_2_SubjectKeyIdentifierIsNotCritical"] = ("ec", tbs => tbs.MakeCritical(Oids.SubjectKeyIdentifier)),
        ["RFC7093_2_SubjectKeyIdentifierIsADigestOfTheKey"] = ("ec", tbs => tbs.Change(Oids.SubjectKeyIdentifier, value => value.Content[0] ^= 1)),
        ["RFC5280_4_2_1_3_KeyUsageIsPresentAndCritical"] = ("ec", tbs => tbs.Extension(Oids.KeyUsage).Children.RemoveAt(1)),
        ["RFC5280_4_2_1_3_KeyUsageHasABit"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [0])),
        ["X690_11_2_2_KeyUsageHasNoTrailingZeros"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [0, 0x80])),
        ["RFC5280_4_2_1_3_OnlyACaSignsCertificates"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [2, 0x84])),
        ["RFC5280_4_2_1_3_EncipherOnlyNeedsKeyAgreement"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [0, 0x81])),
        ["RFC5480_3_KeyUsageFitsAnEcKey"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [5, 0xA0])),
        ["RFC3279_2_3_1_KeyUsageFitsAnRsaKey"] = ("rsa", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [3, 0x88])),
        ["RFC5280_4_2_1_9_OnlyACaSaysSo"] = ("ec", tbs => tbs.Add("2.5.29.19", isCritical: true, Constructed(0x30, Primitive(0x01, 0xFF)))),
        ["RFC5280_4_2_1_12_ExtendedKeyUsageHasAPurpose"] = ("ec", tbs => tbs.Change(Oids.ExtendedKeyUsage, value => value.Children.Clear())),
        ["RFC5280_4_2_1_12_PurposeStandsOnlyOnce"] = ("ec", tbs => tbs.Change(Oids.ExtendedKeyUsage, value => value.Children.Add(Oid(ClientAuthentication)))),
        ["RFC5280_4_2_1_12_NotForAnyPurpose"] = ("ec", tbs => tbs.Change(Oids.ExtendedKeyUsage, value => value.Children.Add(Oid("2.5.29.37.0")))),
        ["RFC5280_4_2_1_12_PurposeFitsKeyUsage"] = ("ec", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [6, 0x40])),

        ["RFC5280_4_2_1_6_AlternativeNameIsNotEmpty"] = ("ec", tbs => tbs.Change(Oids.SubjectAlternativeName, value => value.Children.Clear())),
        ["RFC5280_4_2_1_6_AlternativeNameIsNotCritical"] = ("ec", tbs => tbs.MakeCritical(Oids.SubjectAlternativeName)),
        ["RFC5280_4_2_1_6_DnsNameHasPreferredSyntax"] = ("ec", tbs => tbs.Change(Oids.SubjectAlternativeName, value => value[1].Content = "under_score.example"u8.ToArray())),
        ["RFC5280_4_2_1_6_UriIsAbsolute"] = ("ec", tbs => tbs.Change(Oids.SubjectAlternativeName, value => value[2].Content = "//no.scheme/"u8.ToArray())),
        ["RFC4108_5_HardwareModuleNameHasTypeAndSerial"] = ("ec", tbs => tbs.Change(Oids.SubjectAlternativeName, value => value[0][1][0][1].Content = [])),
        ["IEEE8021AR_8_10_HardwareSerialIsTheSubjects"] = ("ec", tbs => tbs.Change(Oids.SubjectAlternativeName, value => value[0][1][0][1].Content[^1] ^= 1)),
        ["RFC5280_4_2_1_13_CrlPlaceIsNotCritical"] = ("ec", tbs => tbs.MakeCritical(Oids.CrlDistributionPoints)),
        ["RFC5280_4_2_1_13_CrlPlaceIsAFullHttpUri"] = ("ec", tbs => tbs.Change(Oids.CrlDistributionPoints, value => value[0][0][0][0].Content = "ldap://x/"u8.ToArray())),
        ["RFC5280_4_2_2_1_AccessIsNotCritical"] = ("ec", tbs => tbs.MakeCritical(Oids.AuthorityInformationAccess)),
        ["RFC5280_4_2_2_1_AccessIsOcspOrCaIssuersByHttp"] = ("ec", tbs => tbs.Change(Oids.AuthorityInformationAccess, value => value[0][0] = Oid("1.3.6.1.5.5.7.48.5"))),

        ["RFC5280_4_2_1_3_CaSignsCertificates"] = ("authority", tbs => tbs.Change(Oids.KeyUsage, value => value.Content = [2, 0x04])),
        ["RFC5280_4_2_1_9_CaSaysSoCritically"] = ("authority", tbs => tbs.Change("2.5.29.19", value => value.Children.Clear())),
    };

    /// <summary>Profiles of the good certificates.</summary>
    public static ModelOptions Model(string name) => new()
    {
        Model = "3012",
        Key = name == "rsa" ? KeyAlgorithm.Rsa2048 : default,
        NoExpiry = name == "endless",
        HardwareType = name == "plain" ? null : Hardware,
        DnsName = name == "plain" ? null : "{machineNumber}.devices.example",
        Uri = name == "plain" ? null : "urn:example:machine:{machineNumber}",
    };
}
