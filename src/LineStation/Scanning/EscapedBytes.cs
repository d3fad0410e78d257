using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Bytes as text of a configuration: printable ASCII stands for itself; <c>\xHH</c>, <c>\r</c>, <c>\n</c>, <c>\e</c> and <c>\\</c> for the rest, such as <c>\x16\x02menu\r</c>.</summary>
internal static class EscapedBytes
{
    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> has another form.</exception>
    public static byte[] Parse(string text) => TryParse(text, out var bytes) ? bytes : throw new FormatException($"'{text}' is not printable ASCII with \\xHH, \\r, \\n, \\e or \\\\ for other bytes.");

    /// <summary>Reads them; false where <paramref name="text"/> holds anything else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var read = new List<byte>(text.Length);
        bytes = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or > '~')
                return false;
            if (text[i] != '\\')
            {
                read.Add((byte)text[i]);
                continue;
            }

            switch (++i < text.Length ? text[i] : '\0')
            {
                case 'r':
                    read.Add(0x0D);
                    break;
                case 'n':
                    read.Add(0x0A);
                    break;
                case 'e':
                    read.Add(0x1B);
                    break;
                case '\\':
                    read.Add((byte)'\\');
                    break;
                case 'x' when i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value):
                    read.Add(value);
                    i += 2;
                    break;
                default:
                    return false;
            }
        }

        bytes = [.. read];
        return true;
    }
}
