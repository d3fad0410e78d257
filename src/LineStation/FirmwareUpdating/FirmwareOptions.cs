using System.ComponentModel.DataAnnotations;
using ProvisioningStation.FirmwareUpdate;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>Section <c>Firmware</c>: what boards are updated with at a line whose steps have <see cref="LineStep.UpdateFirmware"/>.</summary>
public sealed record FirmwareOptions : IValidatableObject
{
    /// <summary>The folder of signed images, <c>*.img</c>; people put new ones there while the station runs. A relative path is one in the data directory.</summary>
    public string? Images { get; init; }

    /// <summary>A PEM file with the public keys that sign images, as the boards have them: a bad image is found before any board is told of it. A relative path is one in the data directory.</summary>
    public string? Keys { get; init; }

    /// <summary>The port of the boards' FTP.</summary>
    [Range(1, 65535)]
    public int FtpPort { get; init; } = 2121;

    /// <summary>How long sending an image may take, breaks included.</summary>
    public TimeSpan SendWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a board may take to finish its jobs, install, and start again (U-7).</summary>
    public TimeSpan RestartWithin { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How long a board may be silent in the middle of its update, its restart included; then the line goes on without it, and the next scan of the unit goes on with the update.</summary>
    public TimeSpan AwayLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an update that is over is kept in <c>firmware-update.db</c>.</summary>
    public TimeSpan KeepHistory { get; init; } = UpdateHistory.KeptByDefault;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, limit) in new[] { (nameof(SendWithin), SendWithin), (nameof(RestartWithin), RestartWithin), (nameof(AwayLimit), AwayLimit) })
        {
            if (limit < TimeSpan.FromSeconds(1) || limit > TimeSpan.FromHours(6))
                yield return new ValidationResult("Allowed is 00:00:01 to 06:00:00.", [name]);
        }

        if (!UpdateHistory.MayKeep(KeepHistory))
            yield return new ValidationResult("Allowed is 1.00:00:00 to 36500.00:00:00.", [nameof(KeepHistory)]);
    }
}
