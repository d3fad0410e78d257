using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.KeyPools;

/// <summary>Section <c>KeyPool</c>: how many RSA keys are made ahead, for the models whose profiles want such keys.</summary>
public sealed record KeyPoolOptions : IValidatableObject
{
    private const int MaxTarget = 1_000_000;

    /// <summary>How many RSA-2048 keys are kept, where a model uses them; about a day's batch.</summary>
    [Range(0, MaxTarget)]
    public int Rsa2048 { get; init; } = 2000;

    /// <summary>How many RSA-3072 keys are kept, where a model uses them.</summary>
    [Range(0, MaxTarget)]
    public int Rsa3072 { get; init; } = 2000;

    /// <summary>How long nothing must have been issued before keys are made.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked whether the CA is idle and keys are missing.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IdleAfter < TimeSpan.Zero || IdleAfter > TimeSpan.FromHours(1))
            yield return new ValidationResult("must be between 00:00:00 and 01:00:00", [nameof(IdleAfter)]);
        if (Interval < TimeSpan.FromMilliseconds(100) || Interval > TimeSpan.FromHours(1))
            yield return new ValidationResult("must be between 00:00:00.1 and 01:00:00", [nameof(Interval)]);
    }

    /// <summary>How many keys of a kind are kept.</summary>
    public int Target(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Rsa2048 => Rsa2048,
        KeyAlgorithm.Rsa3072 => Rsa3072,
        _ => 0,
    };
}
