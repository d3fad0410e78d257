using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Section <c>Workers</c>: how the people at the line are known, and whether they sign in by scanning their badge.</summary>
public sealed record WorkersOptions : IValidatableObject
{
    /// <summary>The form of the workers' badges, such as <c>W-####</c> (# a digit, @ a capital letter, ? either); left out: badges are not told from other codes.</summary>
    public string? BadgePattern { get; init; }

    /// <summary>Whether nothing is done here while nobody is signed in.</summary>
    public bool Required { get; init; }

    /// <summary>A worker who has scanned nothing for so long is signed out.</summary>
    public TimeSpan SignOutAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The badges' form, read.</summary>
    internal BadgePattern? Badge => BadgePattern is not null && Scanning.BadgePattern.TryParse(BadgePattern, out var pattern, out _) ? pattern : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BadgePattern is not null && !Scanning.BadgePattern.TryParse(BadgePattern, out _, out var problem))
            yield return new ValidationResult(problem, [nameof(BadgePattern)]);
        if (Required && BadgePattern is null)
            yield return new ValidationResult("Nobody can sign in where badges have no form. Say Workers:BadgePattern too, such as W-####.", [nameof(Required)]);
        if (SignOutAfter < TimeSpan.FromSeconds(10) || SignOutAfter > TimeSpan.FromHours(24))
            yield return new ValidationResult("Allowed is 00:00:10 to 1.00:00:00.", [nameof(SignOutAfter)]);
    }
}
