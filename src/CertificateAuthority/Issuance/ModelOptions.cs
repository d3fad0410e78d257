using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>One model; what is not set is taken from <see cref="IssuanceOptions"/>.</summary>
public sealed record ModelOptions : IValidatableObject
{
    /// <summary>The model code, such as <c>3012</c>.</summary>
    [Required]
    public string Model { get; init; } = string.Empty;

    /// <inheritdoc cref="IssuanceOptions.Organization"/>
    [MaxLength(64)]
    public string? Organization { get; init; }

    /// <summary>OU of the subject; the model code where it is not set.</summary>
    [MaxLength(64)]
    public string? OrganizationalUnit { get; init; }

    /// <summary>The kind of key. RSA keys come from the pool.</summary>
    public KeyAlgorithm Key { get; init; } = KeyAlgorithm.EcP256;

    /// <inheritdoc cref="IssuanceOptions.Validity"/>
    public TimeSpan? Validity { get; init; }

    /// <summary>Valid to 99991231235959Z, without an end (RFC 5280, 4.1.2.5; IEEE 802.1AR, 8.7); only under an issuing CA that has none either.</summary>
    public bool NoExpiry { get; init; }

    /// <summary>Whether the key may also encipher keys (RSA only).</summary>
    public bool KeyEncipherment { get; init; }

    /// <summary>Whether the key may also agree on keys (EC only).</summary>
    public bool KeyAgreement { get; init; }

    /// <summary>Whether the device may be a TLS client.</summary>
    public bool ClientAuthentication { get; init; } = true;

    /// <summary>Whether the device may be a TLS server.</summary>
    public bool ServerAuthentication { get; init; } = true;

    /// <summary>hwType of a hardwareModuleName in subjectAltName (RFC 4108, 5; IEEE 802.1AR, 8.10.4), whose hwSerialNum is the machine number; an OID. Not set: there is none.</summary>
    public string? HardwareType { get; init; }

    /// <summary>A dNSName in subjectAltName, in which <c>{machineNumber}</c> stands for the machine number. Not set: there is none.</summary>
    public string? DnsName { get; init; }

    /// <summary>A uniformResourceIdentifier in subjectAltName, in which <c>{machineNumber}</c> stands for the machine number. Not set: there is none.</summary>
    public string? Uri { get; init; }

    /// <inheritdoc cref="IssuanceOptions.CrlUrl"/>
    public string? CrlUrl { get; init; }

    /// <inheritdoc cref="IssuanceOptions.OcspUrl"/>
    public string? OcspUrl { get; init; }

    /// <inheritdoc cref="IssuanceOptions.CaIssuersUrl"/>
    public string? CaIssuersUrl { get; init; }

    private bool IsRsa => Key is KeyAlgorithm.Rsa2048 or KeyAlgorithm.Rsa3072;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!ModelCode.TryParse(Model, out _))
            yield return new ValidationResult("must be four capital letters or digits, such as 3012 or A123", [nameof(Model)]);
        if (Validity < TimeSpan.FromDays(1))
            yield return new ValidationResult("must be at least one day (1.00:00:00)", [nameof(Validity)]);
        if (NoExpiry && Validity is not null)
            yield return new ValidationResult("can't be set together with Validity", [nameof(NoExpiry)]);
        if (KeyEncipherment && !IsRsa)
            yield return new ValidationResult("is for RSA keys; an EC key enciphers nothing (RFC 5480, 3)", [nameof(KeyEncipherment)]);
        if (KeyAgreement && IsRsa)
            yield return new ValidationResult("is for EC keys; an RSA key agrees on nothing (RFC 3279, 2.3.1)", [nameof(KeyAgreement)]);
        if (!ClientAuthentication && !ServerAuthentication)
            yield return new ValidationResult("must be true, or ServerAuthentication must be: a device needs a purpose", [nameof(ClientAuthentication)]);
        if (!ProfileText.IsOid(HardwareType))
            yield return new ValidationResult("must be an object identifier, such as 1.3.6.1.4.1.32473.1.1", [nameof(HardwareType)]);
        if (!ProfileText.IsDnsName(DnsName))
            yield return new ValidationResult($"must be a host name with {ProfileText.MachineNumber} in it, such as {ProfileText.MachineNumber}.devices.example", [nameof(DnsName)]);
        if (!ProfileText.IsUri(Uri))
            yield return new ValidationResult($"must be a URI with {ProfileText.MachineNumber} in it, such as urn:example:machine:{ProfileText.MachineNumber}", [nameof(Uri)]);
        foreach (var (name, url) in new[] { (nameof(CrlUrl), CrlUrl), (nameof(OcspUrl), OcspUrl), (nameof(CaIssuersUrl), CaIssuersUrl) })
        {
            if (url?.Length != 0 && !ProfileText.IsPlace(url))
                yield return new ValidationResult(ProfileText.PlaceForm + ", or empty for none", [name]);
        }
    }
}
