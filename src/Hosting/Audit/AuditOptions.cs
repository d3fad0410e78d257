using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>Section <c>Audit</c>: how often the audit trail's end is signed.</summary>
public sealed record AuditOptions : IValidatableObject
{
    /// <summary>The longest time that an event waits for a checkpoint.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many events make a checkpoint without waiting for the time.</summary>
    [Range(1, 100_000)]
    public int CheckpointEvents { get; init; } = 1000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CheckpointInterval < TimeSpan.FromSeconds(1) || CheckpointInterval > TimeSpan.FromDays(1))
            yield return new ValidationResult("allowed is 00:00:01 to 1.00:00:00.", [nameof(CheckpointInterval)]);
    }
}
