using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>How the terminal learns what an administrator has revoked at the CA.</summary>
internal sealed record RevocationsOptions : IValidatableObject
{
    /// <summary>The place in <see cref="CrlUrl"/> where the number of the issuing CA's generation stands, from 1.</summary>
    public const string Issuer = "{issuer}";

    /// <summary>Where the CA's CRLs are, with <c>{issuer}</c> for the generation; nothing: the terminal does not look.</summary>
    public string? CrlUrl { get; init; }

    /// <summary>How often it looks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CrlUrl is not null && !(Uri.TryCreate(CrlUrl.Replace(Issuer, "1", StringComparison.Ordinal), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            yield return new ValidationResult("Allowed: an http or https address, such as http://ca.example/crl/devices-{issuer}.crl; a CRL is signed, it needs no TLS.", [nameof(CrlUrl)]);
        if (Interval < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(Interval)]);
    }
}
