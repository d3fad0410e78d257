using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Section <c>Workers</c>: how the people at the line are known.</summary>
public sealed record WorkersOptions : IValidatableObject
{
    /// <summary>The form of the workers' badges, such as <c>W-####</c> (# a digit, @ a capital letter, ? either); left out: badges are not told from other codes.</summary>
    public string? BadgePattern { get; init; }

    /// <summary>The same, read.</summary>
    internal BadgePattern? Badge => BadgePattern is not null && Scanning.BadgePattern.TryParse(BadgePattern, out var pattern, out _) ? pattern : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BadgePattern is not null && !Scanning.BadgePattern.TryParse(BadgePattern, out _, out var problem))
            yield return new ValidationResult(problem, [nameof(BadgePattern)]);
    }
}
