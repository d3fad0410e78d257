using System.Buffers;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Command barcodes: <c>%CMD-</c> and 1 to 24 capital letters, digits and hyphens, such as <c>%CMD-ACK</c>. The percent sign keeps them apart from machine numbers and badges,
/// and Code 39 can carry all of it.
/// </summary>
internal static class CommandBarcode
{
    /// <summary>What every command begins with.</summary>
    public const string Prefix = "%CMD-";

    /// <summary>Acknowledges the verdict that the kiosk holds.</summary>
    public const string Acknowledge = "%CMD-ACK";

    /// <summary>The commands that a station knows.</summary>
    public static IReadOnlyList<string> Known { get; } = [Acknowledge];

    private const int LongestName = 24;
    private static readonly SearchValues<char> Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    /// <summary>Whether <paramref name="text"/> was meant as a command, well-formed or not.</summary>
    public static bool IsMeant(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether <paramref name="text"/> has the form of a command.</summary>
    public static bool IsWellFormed(string text) =>
        IsMeant(text)
        && text.Length > Prefix.Length
        && text.Length <= Prefix.Length + LongestName
        && text.AsSpan(Prefix.Length).IndexOfAnyExcept(Characters) < 0;
}
