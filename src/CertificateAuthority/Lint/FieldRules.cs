namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Rules about version, serial number, algorithm, issuer and validity.</summary>
internal static class FieldRules
{
    private const int MaxSerialSize = 20;
    private const int MinSerialSize = 8;
    private const int FirstGeneralizedYear = 2050;
    private static readonly DateTimeOffset NoExpiry = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new("RFC5280_4_1_2_1_VersionIs3", "A certificate with extensions is of version 3.", LintScope.Every,
            static (in c) => c.Version is [2]),
        new("RFC5280_4_1_2_2_SerialNumberIsPositive", "The serial number is a positive INTEGER.", LintScope.Every,
            static (in c) => c.SerialNumber[0] < 0x80 && c.SerialNumber is not [0]),
        new("RFC5280_4_1_2_2_SerialNumberHasAtMost20Octets", "The serial number has at most 20 octets.", LintScope.Every,
            static (in c) => c.SerialNumber.Length <= MaxSerialSize),
        new("CABF_7_1_SerialNumberHasAtLeast64Bits", "The serial number has room for 64 random bits.", LintScope.Every,
            static (in c) => c.SerialNumber.Length >= MinSerialSize || c.SerialNumber[0] >= 0x80 || c.SerialNumber is [0]),
        new("RFC5280_4_1_2_3_SignatureAlgorithmIsTheSigners", "The signature algorithm is the one the issuing CA's key signs with, its parameters as RFC 5758 (none) or RFC 4055 (NULL) want them.", LintScope.Every,
            static (in c) => c.SignatureAlgorithm.SequenceEqual(c.Signer.SignatureAlgorithm)),
        new("RFC5280_4_1_2_4_IssuerIsTheSignersSubject", "The issuer is the subject of the issuing CA, octet by octet.", LintScope.Every,
            static (in c) => c.Issuer.SequenceEqual(c.Signer.Name)),
        new("RFC5280_4_1_2_5_1_UtcTimeHasSecondsAndZ", "A UTCTime is YYMMDDHHMMSSZ.", LintScope.Every,
            static (in c) => IsForm(c.NotBefore, DerReader.UtcTime) && IsForm(c.NotAfter, DerReader.UtcTime)),
        new("RFC5280_4_1_2_5_2_GeneralizedTimeHasNoFraction", "A GeneralizedTime is YYYYMMDDHHMMSSZ.", LintScope.Every,
            static (in c) => IsForm(c.NotBefore, DerReader.GeneralizedTime) && IsForm(c.NotAfter, DerReader.GeneralizedTime)),
        new("RFC5280_4_1_2_5_UtcTimeThrough2049", "Times through 2049 are UTCTime, later ones GeneralizedTime.", LintScope.Every,
            static (in c) => IsRightKind(c.NotBefore) && IsRightKind(c.NotAfter)),
        new("RFC5280_4_1_2_5_NotBeforeIsBeforeNotAfter", "The validity begins before it ends.", LintScope.Every,
            static (in c) => !AreReadable(c) || c.NotBefore.Moment < c.NotAfter.Moment),
        new("RFC5280_6_1_3_BeginsInTheSignersValidity", "The certificate begins while its issuing CA is valid.", LintScope.Every,
            static (in c) => !c.NotBefore.IsWellFormed || (c.NotBefore.Moment >= c.Signer.NotBefore && c.NotBefore.Moment < c.Signer.NotAfter)),
        new("RFC5280_6_1_3_EndsInTheSignersValidity", "The certificate does not outlive its issuing CA.", LintScope.Every,
            static (in c) => !c.NotAfter.IsWellFormed || c.NotAfter.Moment <= c.Signer.NotAfter),
        new("RFC5280_4_1_2_5_NoExpiryIs99991231235959Z", "An end in the year 9999 is 99991231235959Z, which says that there is none (IEEE 802.1AR, 8.7).", LintScope.Every,
            static (in c) => !c.NotAfter.IsWellFormed || c.NotAfter.Moment.Year != NoExpiry.Year || c.NotAfter.Moment == NoExpiry),
        new("RFC5280_4_1_2_8_NoUniqueIdentifiers", "Unique identifiers are not used.", LintScope.Every,
            static (in c) => !c.HasUniqueIdentifier),
    ];

    private static bool AreReadable(in CertificateContent c) => c.NotBefore.IsWellFormed && c.NotAfter.IsWellFormed;

    private static bool IsForm(CertificateTime time, byte tag) => time.Tag != tag || time.IsWellFormed;

    private static bool IsRightKind(CertificateTime time) => !time.IsWellFormed || time.Tag == DerReader.UtcTime || time.Moment.Year >= FirstGeneralizedYear;
}
