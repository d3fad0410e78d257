using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ProvisioningStation.Board.Ftp;

/// <summary>Section <c>Ftp</c>: the low-load path to this board (U-4, U-6). It listens at <c>Listen:Address</c>, and only while a one-time password is stored (U-23).</summary>
public sealed record FtpOptions : IValidatableObject
{
    private const string AnyPort = "0";

    /// <summary>The port of the control connection; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 2121;

    /// <summary>The first and the last port for data connections; <c>0</c> takes any that is free.</summary>
    [Required]
    [RegularExpression("^(0|[0-9]{1,5}-[0-9]{1,5})$", ErrorMessage = "Allowed: two ports, such as 50000-50009, or 0 for any that is free.")]
    public string PassivePorts { get; init; } = "50000-50009";

    /// <summary>How long a stored password lets somebody log in; begins anew with each start. The small updater has no limit (U-12).</summary>
    public TimeSpan ArmedFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>From the connection to the login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause between two commands.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait for a data connection, and for the next byte on it.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest session, whatever it does.</summary>
    public TimeSpan SessionLimit { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The most bytes of one upload.</summary>
    [Range(1, int.MaxValue)]
    public int LargestUpload { get; init; } = int.MaxValue;

    /// <summary>The ports for data connections; 0 to 0 where any will do.</summary>
    internal (int First, int Last) Passive
    {
        get
        {
            if (PassivePorts == AnyPort)
                return (0, 0);
            var dash = PassivePorts.IndexOf('-', StringComparison.Ordinal);
            return (int.Parse(PassivePorts.AsSpan(0, dash), CultureInfo.InvariantCulture), int.Parse(PassivePorts.AsSpan(dash + 1), CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PassivePorts != AnyPort && (Passive.First is < 1 or > 65535 || Passive.Last > 65535 || Passive.Last < Passive.First))
            yield return new ValidationResult("Allowed: two ports from 1 to 65535, the smaller one first.", [nameof(PassivePorts)]);
        foreach (var (name, limit) in new[] { (nameof(ArmedFor), ArmedFor), (nameof(LoginTimeout), LoginTimeout), (nameof(IdleTimeout), IdleTimeout), (nameof(DataTimeout), DataTimeout), (nameof(SessionLimit), SessionLimit) })
        {
            if (limit < TimeSpan.FromSeconds(1) || limit > TimeSpan.FromDays(1))
                yield return new ValidationResult("Allowed is 00:00:01 to 1.00:00:00.", [name]);
        }
    }
}
