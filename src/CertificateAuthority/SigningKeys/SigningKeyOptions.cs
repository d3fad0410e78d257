using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>Section <c>SigningKeys</c>: where the issuing CAs' certificates and keys are.</summary>
public sealed record SigningKeyOptions
{
    /// <summary>The directory of the issuing CAs' certificates and encrypted keys.</summary>
    [Required]
    public string Directory { get; init; } = "signing-keys";
}
