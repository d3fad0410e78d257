namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The object identifiers of a certificate (RFC 5280, RFC 5480, RFC 5758, RFC 4055, RFC 6960).</summary>
internal static class Oids
{
    public const string CommonName = "2.5.4.3";
    public const string SerialNumber = "2.5.4.5";
    public const string Organization = "2.5.4.10";
    public const string OrganizationalUnit = "2.5.4.11";

    public const string EcPublicKey = "1.2.840.10045.2.1";
    public const string P256 = "1.2.840.10045.3.1.7";
    public const string P384 = "1.3.132.0.34";
    public const string RsaEncryption = "1.2.840.113549.1.1.1";
    public const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    public const string EcdsaWithSha384 = "1.2.840.10045.4.3.3";
    public const string Sha256WithRsaEncryption = "1.2.840.113549.1.1.11";

    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string CrlNumber = "2.5.29.20";
    public const string CrlReason = "2.5.29.21";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";

    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string Ocsp = "1.3.6.1.5.5.7.48.1";
    public const string OcspBasicResponse = "1.3.6.1.5.5.7.48.1.1";
    public const string OcspNonce = "1.3.6.1.5.5.7.48.1.2";
    public const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    public const string CaIssuers = "1.3.6.1.5.5.7.48.2";
    public const string SubjectAlternativeName = "2.5.29.17";
    public const string HardwareModuleName = "1.3.6.1.5.5.7.8.4";
}
