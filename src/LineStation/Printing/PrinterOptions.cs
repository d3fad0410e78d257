using System.ComponentModel.DataAnnotations;
using ProvisioningStation.LineStation.Scanning;

namespace ProvisioningStation.LineStation.Printing;

/// <summary>Section <c>Printer</c>: where the line's check sheets come out (P-33).</summary>
public sealed record PrinterOptions : IValidatableObject
{
    /// <summary>A printer's folder: each sheet appears in it whole, under a name that ends with <c>.pdf</c>. A relative path is one in the data directory.</summary>
    public string? Folder { get; init; }

    /// <summary>A printer that takes PDF as it comes, such as <c>192.0.2.30:9100</c>.</summary>
    public string? Address { get; init; }

    /// <summary>How long a connection to <see cref="Address"/> may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the printer may take to accept a sheet.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a sheet that could not be printed waits at the most before it is tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The sheets' language.</summary>
    [AllowedValues("en", "ja", ErrorMessage = "Allowed is en or ja.")]
    public string Language { get; init; } = "en";

    /// <summary>Whether there is one.</summary>
    internal bool IsThere => Folder is not null || Address is not null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Folder is not null && Address is not null)
            yield return new ValidationResult("Name a folder or an address, not both.", [nameof(Folder)]);
        if (Folder is not null && string.IsNullOrWhiteSpace(Folder))
            yield return new ValidationResult("Name the printer's folder, or leave it out.", [nameof(Folder)]);
        if (Address is not null && !NetworkAddress.TryParse(Address, out _))
            yield return new ValidationResult("Allowed is host:port, such as 192.0.2.30:9100.", [nameof(Address)]);
        TimeSpan[] times = [ConnectTimeout, Timeout, RetryInterval];
        if (times.Any(time => time <= TimeSpan.Zero || time > TimeSpan.FromMinutes(10)))
            yield return new ValidationResult("Every time limit is above 00:00:00, up to 00:10:00.", [nameof(Timeout)]);
    }
}
