using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The folder into which the factory's system puts plans, where <see cref="PlanPullOptions.Source"/> is <c>Folder</c>.</summary>
internal sealed record PlanFolderOptions : IValidatableObject
{
    /// <summary>The folder, relative to the data directory; <c>taken</c> and <c>refused</c> are made in it.</summary>
    [Required]
    public string Path { get; init; } = "plan-inbox";

    /// <summary>A file is complete once its size and time have not changed for so long.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SettleTime < TimeSpan.Zero || SettleTime > TimeSpan.FromHours(1))
            yield return new ValidationResult("Allowed: 00:00:00 to 01:00:00.", [nameof(SettleTime)]);
    }
}
