using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Board.Flash;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>Section <c>FirmwareInstall</c>: how the board takes a new firmware.</summary>
public sealed record FirmwareInstallOptions : IValidatableObject
{
    /// <summary>Bytes that an image may have, header included: the size of a slot.</summary>
    [Range(4096, MemoryMap.SlotLimit)]
    public int SlotSize { get; init; } = MemoryMap.SlotLimit;

    /// <summary>How long running and reserved jobs may delay an install (U-7); then it is done in spite of them.</summary>
    public TimeSpan JobLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a new firmware has from its start to its commit; then the watchdog resets the board, and it falls back (U-21).</summary>
    public TimeSpan CommitWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a new firmware is started before it has committed. More than one, because a power cut is not its fault.</summary>
    [Range(1, 10)]
    public int TrialBoots { get; init; } = 3;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (JobLimit < TimeSpan.Zero || JobLimit > TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed is 00:00:00 to 1.00:00:00.", [nameof(JobLimit)]);
        if (CommitWithin < TimeSpan.FromSeconds(1) || CommitWithin > TimeSpan.FromHours(1))
            yield return new ValidationResult("Allowed is 00:00:01 to 01:00:00.", [nameof(CommitWithin)]);
    }
}
