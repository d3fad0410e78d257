using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>Section <c>Backup</c>: when the database is copied, and where to.</summary>
public sealed record BackupOptions : IValidatableObject
{
    /// <summary>The directory of the copies, relative to the data directory. Better on another disk.</summary>
    [Required]
    public string Directory { get; init; } = "backups";

    /// <summary>The time from one scheduled backup to the next; zero makes none.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many backups are kept; older ones are deleted.</summary>
    [Range(1, 1000)]
    public int Keep { get; init; } = 14;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval != TimeSpan.Zero && (Interval < TimeSpan.FromMinutes(1) || Interval > TimeSpan.FromDays(30)))
            yield return new ValidationResult("allowed is 00:00:00, or 00:01:00 to 30.00:00:00.", [nameof(Interval)]);
    }
}
