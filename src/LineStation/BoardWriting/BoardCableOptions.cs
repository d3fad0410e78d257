using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>Section <c>Board</c>: the cable to the board. Every new board has the same address, and each line has a cable of its own.</summary>
public sealed record BoardCableOptions : IValidatableObject
{
    /// <summary>Such as <c>https://127.0.11.1:7460</c>.</summary>
    [Required]
    public Uri? Address { get; init; }

    /// <summary>How long a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a board may write and read back.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a board that stopped answering in the middle of the work may take to come back: enough for a link that flickers. A board that lost its power takes
    /// longer; then the worker is told at once, and the next scan finishes the job.
    /// </summary>
    public TimeSpan ReturnTimeout { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How often the cable is looked at while nothing is scanned.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme != Uri.UriSchemeHttps))
            yield return new ValidationResult("Allowed is an https address.", [nameof(Address)]);
        TimeSpan[] times = [ConnectTimeout, Timeout, WriteTimeout, ReturnTimeout];
        if (times.Any(time => time <= TimeSpan.Zero || time > TimeSpan.FromMinutes(10)))
            yield return new ValidationResult("Every time limit is above 00:00:00, up to 00:10:00.", [nameof(Timeout)]);
        if (WatchInterval < TimeSpan.FromMilliseconds(50) || WatchInterval > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed is 00:00:00.050 to 00:01:00.", [nameof(WatchInterval)]);
    }
}
