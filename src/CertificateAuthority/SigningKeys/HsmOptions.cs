using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>Section <c>Hsm</c>: the token that holds the issuing CAs' keys. Without a <see cref="Module"/> they are encrypted files.</summary>
public sealed record HsmOptions : IValidatableObject
{
    /// <summary>The vendor's PKCS#11 module, such as <c>/usr/lib/softhsm/libsofthsm2.so</c>.</summary>
    public string? Module { get; init; }

    /// <summary>The label of the token.</summary>
    [MaxLength(32)]
    public string? Token { get; init; }

    /// <summary>The file with the user PIN (mode 0600), relative to the data directory.</summary>
    public string? PinFile { get; init; }

    /// <summary>The OpenSSL engine that speaks PKCS#11.</summary>
    [Required]
    public string Engine { get; init; } = "pkcs11";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrEmpty(Module) != string.IsNullOrEmpty(Token) || string.IsNullOrEmpty(Module) != string.IsNullOrEmpty(PinFile))
            yield return new ValidationResult("an HSM needs all three: Module, Token and PinFile; leave out all of them for keys in encrypted files", [nameof(Module)]);
    }
}
