using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.Board.Notifications;

/// <summary>Section <c>Gateway</c>: whom the board tells what happens to it. Absent at a line, where nobody is told.</summary>
public sealed record GatewayOptions : IValidatableObject
{
    /// <summary>The gateway's address, <c>https://…</c>; empty where there is none.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>How long the board goes on trying to tell it something. Who missed it asks (U-9).</summary>
    public TimeSpan TryFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address.Length > 0 && !(Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
            yield return new ValidationResult("Allowed is https://HOST:PORT, or nothing.", [nameof(Address)]);
        if (TryFor <= TimeSpan.Zero || TryFor > TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed is more than 00:00:00 and up to 1.00:00:00.", [nameof(TryFor)]);
    }
}
