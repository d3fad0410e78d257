namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>The effective profile of one model: what its next certificate will say.</summary>
/// <param name="Model">The model code.</param>
/// <param name="Key">The kind of key.</param>
/// <param name="Validity">How long a certificate is valid, at most; null: without an end (99991231235959Z).</param>
/// <param name="NotAfter">When the validity of a certificate made now would end: with its issuing CA at the latest.</param>
/// <param name="Backdate">How far before its making its validity begins.</param>
/// <param name="Organization">O of the subject.</param>
/// <param name="OrganizationalUnit">OU of the subject.</param>
/// <param name="KeyUsage">The named bits of keyUsage (RFC 5280, 4.2.1.3).</param>
/// <param name="ExtendedKeyUsage">The purposes of extendedKeyUsage (RFC 5280, 4.2.1.12).</param>
/// <param name="HardwareType">hwType of the hardwareModuleName (RFC 4108, 5), if there is one.</param>
/// <param name="DnsName">The dNSName, if there is one; <c>{machineNumber}</c> stands for the machine number.</param>
/// <param name="Uri">The uniformResourceIdentifier, if there is one; <c>{machineNumber}</c> stands for the machine number.</param>
/// <param name="CrlUrl">The CRL's place, if it is named.</param>
/// <param name="OcspUrl">The OCSP responder's place, if it is named.</param>
/// <param name="CaIssuersUrl">The place of the issuing CA's certificate, if it is named.</param>
/// <param name="Issuer">The generation of the issuing CA that signs.</param>
public sealed record ProfileDescription(
    string Model,
    KeyAlgorithm Key,
    TimeSpan? Validity,
    DateTimeOffset NotAfter,
    TimeSpan Backdate,
    string Organization,
    string OrganizationalUnit,
    IReadOnlyList<string> KeyUsage,
    IReadOnlyList<string> ExtendedKeyUsage,
    string? HardwareType,
    string? DnsName,
    string? Uri,
    string? CrlUrl,
    string? OcspUrl,
    string? CaIssuersUrl,
    int Issuer);

/// <summary>A rule that every certificate is held against before it is signed.</summary>
/// <param name="Name">Its name, which an error repeats.</param>
/// <param name="Source">The document and clause it comes from.</param>
/// <param name="Text">What it demands.</param>
public sealed record LintRuleDescription(string Name, string Source, string Text);

/// <summary>The answer of <c>GET /api/profiles</c>.</summary>
/// <param name="Profiles">Of all models that the configuration lists.</param>
/// <param name="UnlistedModels">Whether other models get certificates too.</param>
/// <param name="Rules">What every device certificate is held against before it is signed.</param>
public sealed record ProfileList(IReadOnlyList<ProfileDescription> Profiles, bool UnlistedModels, IReadOnlyList<LintRuleDescription> Rules);
