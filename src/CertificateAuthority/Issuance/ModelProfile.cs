using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>What a device certificate of one model says under every issuing CA: the effective values of its configuration. Two of equal content are equal.</summary>
/// <param name="Model">The model code.</param>
/// <param name="Organization">O of the subject.</param>
/// <param name="OrganizationalUnit">OU of the subject.</param>
/// <param name="Key">The kind of key.</param>
/// <param name="Validity">How long it is valid, at most; null: without an end.</param>
/// <param name="Backdate">How far before its making its validity begins.</param>
/// <param name="KeyEncipherment">Whether keyUsage names keyEncipherment beside digitalSignature.</param>
/// <param name="KeyAgreement">Whether keyUsage names keyAgreement beside digitalSignature.</param>
/// <param name="ClientAuthentication">Whether extendedKeyUsage names clientAuth.</param>
/// <param name="ServerAuthentication">Whether extendedKeyUsage names serverAuth.</param>
/// <param name="HardwareType">hwType of its hardwareModuleName, if it has one.</param>
/// <param name="DnsName">Its dNSName, if it has one, with <c>{machineNumber}</c>.</param>
/// <param name="Uri">Its uniformResourceIdentifier, if it has one, with <c>{machineNumber}</c>.</param>
/// <param name="CrlUrl">The CRL's place, if it is to be named, with <c>{issuer}</c>.</param>
/// <param name="OcspUrl">The OCSP responder's place, if it is to be named, with <c>{issuer}</c>.</param>
/// <param name="CaIssuersUrl">The place of the issuing CA's certificate, if it is to be named, with <c>{issuer}</c>.</param>
internal sealed record ModelProfile(
    string Model,
    string Organization,
    string OrganizationalUnit,
    KeyAlgorithm Key,
    TimeSpan? Validity,
    TimeSpan Backdate,
    bool KeyEncipherment,
    bool KeyAgreement,
    bool ClientAuthentication,
    bool ServerAuthentication,
    string? HardwareType,
    string? DnsName,
    string? Uri,
    string? CrlUrl,
    string? OcspUrl,
    string? CaIssuersUrl)
{
    /// <summary>The profile of <paramref name="model"/> as the configuration says it.</summary>
    public static ModelProfile Of(IssuanceOptions options, ModelOptions model) => new(
        model.Model,
        model.Organization ?? options.Organization,
        model.OrganizationalUnit ?? model.Model,
        model.Key,
        model.NoExpiry ? null : model.Validity ?? options.Validity,
        options.Backdate,
        model.KeyEncipherment,
        model.KeyAgreement,
        model.ClientAuthentication,
        model.ServerAuthentication,
        model.HardwareType,
        model.DnsName,
        model.Uri,
        model.CrlUrl ?? options.CrlUrl,
        model.OcspUrl ?? options.OcspUrl,
        model.CaIssuersUrl ?? options.CaIssuersUrl);

    /// <summary>Whether its certificates have a subjectAltName.</summary>
    public bool HasAlternativeName => HardwareType is not null || DnsName is not null || Uri is not null;

    /// <summary>The model code.</summary>
    public ModelCode Code() => ModelCode.Parse(Model);
}
