using System.Globalization;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Ftp;

/// <summary>An answer on the control connection (RFC 959, 4.2).</summary>
/// <param name="Code">Three digits.</param>
/// <param name="Text">The last line, for people.</param>
/// <param name="Lines">Lines before it, each with a space in front; null in an answer of one line.</param>
internal sealed record FtpReply(int Code, string Text, IReadOnlyList<string>? Lines = null)
{
    private const int LongestText = 400;

    /// <summary>As it goes over the wire: printable ASCII, whatever a reason or a name held.</summary>
    public byte[] ToBytes()
    {
        var result = new StringBuilder();
        if (Lines is not null)
        {
            result.Append(CultureInfo.InvariantCulture, $"{Code}-{Title}\r\n");
            foreach (var line in Lines)
                result.Append(CultureInfo.InvariantCulture, $" {Printable.Shorten(line, LongestText).Replace('…', '.')}\r\n");
        }

        result.Append(CultureInfo.InvariantCulture, $"{Code} {Printable.Shorten(Text, LongestText).Replace('…', '.')}\r\n");
        return Encoding.ASCII.GetBytes(result.ToString());
    }

    /// <summary>The first of several lines.</summary>
    public string Title { get; init; } = string.Empty;
}
