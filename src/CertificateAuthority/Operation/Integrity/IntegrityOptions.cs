using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CertificateAuthority.Operation.Integrity;

/// <summary>Section <c>Integrity</c>: how the CA watches over its own store.</summary>
public sealed record IntegrityOptions : IValidatableObject
{
    /// <summary>How long after a whole check of database and audit trail the next one begins.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How much of the time a check in the background works, in percent; it rests for the remainder.</summary>
    [Range(1, 100)]
    public int Load { get; init; } = 10;

    /// <summary>How far the clock may be behind what was recorded already before signing is refused.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many MB have to be free on the data's disk for the CA to call itself ready.</summary>
    [Range(0, 1_000_000)]
    public int DiskReserve { get; init; } = 100;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CheckInterval < TimeSpan.FromMinutes(1) || CheckInterval > TimeSpan.FromDays(30))
            yield return new ValidationResult("allowed is 00:01:00 to 30.00:00:00.", [nameof(CheckInterval)]);
        if (ClockTolerance < TimeSpan.Zero || ClockTolerance > TimeSpan.FromDays(1))
            yield return new ValidationResult("allowed is 00:00:00 to 1.00:00:00.", [nameof(ClockTolerance)]);
    }
}
