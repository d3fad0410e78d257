using System.Globalization;
using System.Net;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Factory.Cables;

/// <summary>
/// A line's cross cable as a pair of virtual network ports: the board's end alone in a network namespace, the station's end on this machine. Every board has the same address, as new boards
/// do (P-3); the station tells them apart by its network port.
/// </summary>
/// <param name="Line">The line.</param>
/// <param name="Namespace">The network namespace that the boards of this line run in.</param>
/// <param name="Interface">The station's network port; Linux allows 15 characters.</param>
/// <param name="LocalAddress">The station's address on it.</param>
/// <param name="Mark">The alias of both network ports: what bears it was made by this factory, whatever its name says.</param>
public sealed record CrossCable(string Line, string Namespace, string Interface, string LocalAddress, string Mark)
{
    /// <summary>The address of every new board (192.0.2.0/24 is for documentation, RFC 5737: no real network has it).</summary>
    public const string BoardAddress = "192.0.2.10";

    /// <summary>The board's own network port.</summary>
    public const string BoardInterface = "eth0";

    /// <summary>The most lines of one factory: each has a local address from 192.0.2.101 on.</summary>
    public const int MostLines = 150;

    private const int LongestName = 32;
    private const int LongestInterface = 15;
    private const int FirstLocalAddress = 101;

    /// <summary>Where the board answers.</summary>
    public static Uri Board { get; } = new($"https://{BoardAddress}:7460");

    /// <summary>The cable of the line at <paramref name="position"/>, from 0.</summary>
    /// <param name="line">The line.</param>
    /// <param name="position">Its position among the lines.</param>
    /// <param name="id">No other start of a launcher has it; process ids come again.</param>
    public static CrossCable Plan(string line, int position, Guid id)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{position}");
        var name = line.Length <= LongestName && line.All(char.IsAsciiLetterOrDigit) ? line : number;
        var start = id.ToString("N")[..8];
        var port = $"ps{name}-{start}";
        return new CrossCable(
            line,
            $"provisioning-{name}-{start}",
            port.Length <= LongestInterface ? port : $"ps{number}-{start}",
            string.Create(CultureInfo.InvariantCulture, $"192.0.2.{FirstLocalAddress + position}"),
            $"ProvisioningStation: cross cable {number}, {id:N}");
    }

    /// <summary>The network port that connections to this line's board leave through.</summary>
    public NetworkPort Port() => new(Interface, IPAddress.Parse(LocalAddress));

    /// <summary>What the line's station is told beyond its configuration file.</summary>
    public IReadOnlyList<string> StationArguments() =>
        [$"--Board:Address=https://{Board.Authority}", $"--Board:Interface={Interface}", $"--Board:LocalAddress={LocalAddress}"];
}
