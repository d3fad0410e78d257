using System.ComponentModel.DataAnnotations;
using System.Net;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>Section <c>Kiosk</c>: the page that the line worker sees, in plain HTTP on this machine only.</summary>
public sealed record KioskOptions : IValidatableObject
{
    /// <summary>A loopback address.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port; 0: this line has no kiosk.</summary>
    [Range(0, 65535)]
    public int Port { get; init; }

    /// <summary>When the shift begins whose results are counted, on the clock of this machine, such as <c>06:00</c>, <c>14:00</c>. Left out: midnight.</summary>
    public string[]? Shifts { get; init; }

    /// <summary>The same, read and in order.</summary>
    internal IReadOnlyList<TimeOnly> ShiftStarts => Shifts is { Length: > 0 } shifts ? [.. shifts.Select(Parse).Order()] : [TimeOnly.MinValue];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out var address) || !IPAddress.IsLoopback(address))
            yield return new ValidationResult("Allowed is a loopback address, such as 127.0.0.1: the page has no password.", [nameof(Address)]);
        if (Shifts?.Any(shift => !TimeOnly.TryParseExact(shift, "HH:mm", out _)) == true)
            yield return new ValidationResult("Allowed are times of the day, such as 06:00.", [nameof(Shifts)]);
    }

    private static TimeOnly Parse(string shift) => TimeOnly.ParseExact(shift, "HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}
