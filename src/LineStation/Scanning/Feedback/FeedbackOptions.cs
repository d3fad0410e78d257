using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>Section <c>Feedback</c>: what the worker hears and sees without looking at the kiosk.</summary>
public sealed record FeedbackOptions : IValidatableObject
{
    private const int LongestCommand = 64;
    private const int LongestSound = 256;

    /// <summary>Sent to the scanner after each whole code, in the form of <see cref="EscapedBytes"/>; left out: what <see cref="ScannerOptions.Make"/> has for it, empty: nothing.</summary>
    public string? Scanned { get; init; }

    /// <summary>The same for PASS.</summary>
    public string? Pass { get; init; }

    /// <summary>The same for FAIL.</summary>
    public string? Fail { get; init; }

    /// <summary>The same for BLOCKED.</summary>
    public string? Blocked { get; init; }

    /// <summary>The program and its arguments that play a WAV file from their standard input where the scanner has no command for a verdict, or can't be reached; empty: silence.</summary>
    public string Sound { get; init; } = "aplay -q -";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, command) in new[] { (nameof(Scanned), Scanned), (nameof(Pass), Pass), (nameof(Fail), Fail), (nameof(Blocked), Blocked) })
        {
            if (command is not null && (!EscapedBytes.TryParse(command, out var bytes) || bytes.Length > LongestCommand))
                yield return new ValidationResult($@"'{command}' is not a command: up to {LongestCommand} bytes, printable ASCII with \xHH, \r, \n, \e or \\ for the rest.", [name]);
        }

        if (Sound.Length > LongestSound)
            yield return new ValidationResult($"Allowed are {LongestSound} characters.", [nameof(Sound)]);
    }
}
