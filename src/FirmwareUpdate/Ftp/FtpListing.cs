using System.Globalization;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>One thing in a folder of the server.</summary>
/// <param name="Name">Its name in the folder, without a path.</param>
/// <param name="IsFolder">Whether it is a folder; null where the server does not say (NLST).</param>
/// <param name="Size">Its bytes; null where the server does not say.</param>
public sealed record FtpEntry(string Name, bool? IsFolder, long? Size);

/// <summary>Reads what comes over the data connection of MLSD (RFC 3659 section 7) and NLST (RFC 959).</summary>
internal static class FtpListing
{
    /// <summary>The longest list in bytes: hundreds of entries, and a board has a few.</summary>
    public const int MaximumLength = 64 * 1024;

    /// <exception cref="FormatException">It is no such list; the message says why.</exception>
    public static IReadOnlyList<FtpEntry> ReadFacts(string text) => [.. Lines(text).Select(ReadEntry).OfType<FtpEntry>()];

    /// <summary>Names alone. Some servers put the folder's path before each, some name the folder itself and the one above it too.</summary>
    /// <inheritdoc cref="ReadFacts(string)" path="/exception"/>
    public static IReadOnlyList<FtpEntry> ReadNames(string text) =>
        [.. Lines(text).Select(static line => line[(line.LastIndexOf('/') + 1)..]).Where(static name => name is not ("." or "..")).Select(static name => new FtpEntry(Named(name), null, null))];

    private static FtpEntry? ReadEntry(string line)
    {
        // type=file;size=25730;modify=19940728095854; read me.txt
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || (space > 0 && line[space - 1] != ';'))
            throw new FormatException("a line of it does not hold facts, a space and a name");
        var (type, size) = (string.Empty, (long?)null);
        foreach (var fact in line[..space].Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = fact.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals ? (fact[..equals], fact[(equals + 1)..]) : throw new FormatException("a fact of it has no value");
            if (name.Equals("type", StringComparison.OrdinalIgnoreCase))
                type = value;
            else if (name.Equals("size", StringComparison.OrdinalIgnoreCase))
                size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw new FormatException("a size in it is no number");
        }

        // The folder itself and the one above it are no entries, whatever they are called.
        if (type.Equals("cdir", StringComparison.OrdinalIgnoreCase) || type.Equals("pdir", StringComparison.OrdinalIgnoreCase))
            return null;
        bool? isFolder = type.Length == 0 ? null : type.Equals("dir", StringComparison.OrdinalIgnoreCase);
        return new FtpEntry(Named(line[(space + 1)..]), isFolder, size);
    }

    private static string Named(string name) =>
        name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Any(char.IsControl) ? throw new FormatException("a name in it is none") : name;

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(static line => line.TrimEnd('\r')).Where(static line => line.Length > 0);
}
