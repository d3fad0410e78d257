using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>How the manager's pages behave.</summary>
internal sealed record ManagerUiOptions : IValidatableObject
{
    /// <summary>After so long without a click or key the pages are locked until the password is given again.</summary>
    public TimeSpan IdleLock { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After so long one has to sign in anew, busy or not.</summary>
    public TimeSpan SessionLength { get; init; } = TimeSpan.FromHours(12);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IdleLock < TimeSpan.FromMinutes(1) || IdleLock > SessionLength)
            yield return new ValidationResult("Allowed: one minute to SessionLength.", [nameof(IdleLock)]);
        if (SessionLength > TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: a day or less.", [nameof(SessionLength)]);
    }
}
