using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>Rules for passwords and for wrong ones.</summary>
internal sealed record AccountOptions : IValidatableObject
{
    /// <summary>The fewest characters of a password. No rule asks for kinds of characters: length is what counts (NIST SP 800-63B, 5.1.1).</summary>
    [Range(8, 64)]
    public int MinPasswordLength { get; init; } = 12;

    /// <summary>Wrong passwords in a row that cost nothing.</summary>
    [Range(1, 20)]
    public int FreeAttempts { get; init; } = 4;

    /// <summary>How long no password is looked at after the first wrong one that is not free; each further one doubles it.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest such time.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FirstDelay < TimeSpan.FromSeconds(1) || FirstDelay > MaxDelay)
            yield return new ValidationResult("Allowed: one second to MaxDelay.", [nameof(FirstDelay)]);
        if (MaxDelay > TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: a day or less.", [nameof(MaxDelay)]);
    }
}
