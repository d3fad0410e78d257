using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>Section <c>Board</c>: the cable to the board. Every new board has the same address, and each line has a cable of its own.</summary>
public sealed record BoardCableOptions : IValidatableObject
{
    /// <summary>Such as <c>https://127.0.11.1:7460</c>.</summary>
    [Required]
    public Uri? Address { get; init; }

    /// <summary>The network port that the cable is plugged into, such as <c>eth1</c>; null leaves the choice to the routing table.</summary>
    [RegularExpression("^[0-9A-Za-z][0-9A-Za-z._@+-]{0,14}$", ErrorMessage = "Allowed: the name of a network interface, such as eth1 (see: ip link).")]
    public string? Interface { get; init; }

    /// <summary>The address of this machine that the station connects from, such as <c>192.0.2.1</c>; null leaves the choice to the kernel.</summary>
    public string? LocalAddress { get; init; }

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

    /// <summary>The network port as sockets are bound to it.</summary>
    public NetworkPort Port() => new(Interface, LocalAddress is null ? null : IPAddress.Parse(LocalAddress));

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme != Uri.UriSchemeHttps))
            yield return new ValidationResult("Allowed is an https address.", [nameof(Address)]);
        foreach (var problem in ValidatePort())
            yield return problem;
        TimeSpan[] times = [ConnectTimeout, Timeout, WriteTimeout, ReturnTimeout];
        if (times.Any(time => time <= TimeSpan.Zero || time > TimeSpan.FromMinutes(10)))
            yield return new ValidationResult("Every time limit is above 00:00:00, up to 00:10:00.", [nameof(Timeout)]);
        if (WatchInterval < TimeSpan.FromMilliseconds(50) || WatchInterval > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed is 00:00:00.050 to 00:01:00.", [nameof(WatchInterval)]);
    }
    private IEnumerable<ValidationResult> ValidatePort()
    {
        if (Interface is not null && !OperatingSystem.IsLinux())
            yield return new ValidationResult("Works on Linux only. Give the network port an address of its own, and name that as Board:LocalAddress.", [nameof(Interface)]);
        if ((Interface ?? LocalAddress) is null || Address is not { IsAbsoluteUri: true })
            yield break;
        if (!IPAddress.TryParse(Address.DnsSafeHost, out var board))
            yield return new ValidationResult("Beside Board:Interface and Board:LocalAddress allowed is an IP address, not a name: a name server would be asked through any network port.", [nameof(Address)]);
        if (LocalAddress is null)
            yield break;
        if (!IPAddress.TryParse(LocalAddress, out var local) || local.Equals(IPAddress.Any) || local.Equals(IPAddress.IPv6Any))
            yield return new ValidationResult("Allowed is one IP address of this machine, such as 192.0.2.1.", [nameof(LocalAddress)]);
        else if (board is not null && board.AddressFamily != local.AddressFamily)
            yield return new ValidationResult($"Allowed is an {(board.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address, as Board:Address is one.", [nameof(LocalAddress)]);
    }
}
