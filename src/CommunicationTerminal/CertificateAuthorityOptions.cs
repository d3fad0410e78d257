using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Where the CA is.</summary>
internal sealed record CertificateAuthorityOptions : IValidatableObject
{
    /// <summary>The CA service's address, without <c>/soap</c>.</summary>
    [Required]
    public Uri Address { get; init; } = new("https://127.0.0.1:7441");

    /// <summary>How long a request for one unit may take, while a station waits.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often to look whether it answers, for the manager's pages.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Address.IsAbsoluteUri || Address.Scheme != Uri.UriSchemeHttps || !Address.AbsolutePath.EndsWith('/'))
            yield return new ValidationResult("Allowed: an https address; a path ends with a slash.", [nameof(Address)]);
        if (Timeout < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(Timeout)]);
        if (LookEvery < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(LookEvery)]);
    }
}
