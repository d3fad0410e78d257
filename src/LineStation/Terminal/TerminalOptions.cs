using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>Section <c>Terminal</c>: the factory's communication terminal.</summary>
public sealed record TerminalOptions : IValidatableObject
{
    /// <summary>Such as <c>https://127.0.0.1:7442</c>.</summary>
    [Required]
    public Uri? Address { get; init; }

    /// <summary>How long a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer may take. In direct mode the terminal asks the CA meanwhile.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a visit tries to deliver a unit's result while the terminal is away or silent; then the unit is put aside and the result delivered by itself.</summary>
    public TimeSpan HoldTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme != Uri.UriSchemeHttps))
            yield return new ValidationResult("Allowed is an https address.", [nameof(Address)]);
        if (ConnectTimeout <= TimeSpan.Zero || Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromMinutes(5))
            yield return new ValidationResult("Allowed is above 00:00:00, up to 00:05:00.", [nameof(Timeout)]);
        if (HoldTimeout < TimeSpan.Zero || HoldTimeout > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed is 00:00:00 to 00:01:00.", [nameof(HoldTimeout)]);
    }
}
