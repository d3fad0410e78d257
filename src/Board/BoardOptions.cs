using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board;

/// <summary>Section <c>Board</c>: what this controller is, and how fast its flash is.</summary>
public sealed record BoardOptions : IValidatableObject
{
    /// <summary>The firmware in flash when the board leaves assembly.</summary>
    [Required]
    [RegularExpression("^[0-9A-Za-z.+-]{1,32}$", ErrorMessage = "Allowed: 1 to 32 letters, digits, '.', '+' and '-'.")]
    public string FirmwareVersion { get; init; } = "1.0.0";

    /// <summary>The models that this controller is built into; its images have to be for one of them until it has a machine number, and then for that number's (U-20).</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>A PEM file with the public keys that sign firmware; assembly puts them beside the boot loader. Without it no image is ever accepted.</summary>
    public string? FirmwareKeys { get; init; }

    /// <summary>How much longer than the disk underneath the flash takes for one write of a certificate pack.</summary>
    public TimeSpan WriteDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How private keys that came with a pack lie in flash (P-15).</summary>
    public PackStorage PackStorage { get; init; } = PackStorage.DeviceKey;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (WriteDelay < TimeSpan.Zero || WriteDelay > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed is 00:00:00 to 00:01:00.", [nameof(WriteDelay)]);
        if (Models.FirstOrDefault(model => !ModelCode.TryParse(model, out _)) is { } wrong)
            yield return new ValidationResult($"'{Printable.Shorten(wrong)}' is no model code: four capital letters and digits.", [nameof(Models)]);
    }
}

/// <summary>How private keys that came with a pack lie in flash. A key that the board made itself always lies under its device key.</summary>
public enum PackStorage
{
    /// <summary>Encrypted under the board's own key.</summary>
    DeviceKey,

    /// <summary>As it came, PKCS#8: for a flash that is encrypted as a whole.</summary>
    AsReceived,
}
