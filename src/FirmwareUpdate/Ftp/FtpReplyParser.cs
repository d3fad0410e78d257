using System.Text;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// Finds the answers in the bytes of a control connection (RFC 959 section 4.2, UTF-8 as in RFC 2640). Strict, because whoever is at the other end has proved nothing: each line ends with CR LF, begins
/// with its code where one is due, and holds no control characters; lines and answers have a largest size. It keeps no more than one answer.
/// </summary>
internal sealed class FtpReplyParser
{
    /// <summary>The longest line in bytes, with its ending.</summary>
    public const int MaximumLineLength = 1024;

    /// <summary>The most lines of one answer.</summary>
    public const int MaximumLines = 256;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _line = new byte[MaximumLineLength];
    private int _length;
    private List<string> _lines = [];
    private int _code;

    /// <summary>Whether some of an answer came, and not its end.</summary>
    public bool IsInside => _length > 0 || _lines.Count > 0;

    /// <summary>Takes bytes up to the end of an answer and returns it, or takes all of them and returns null.</summary>
    /// <exception cref="FormatException">It is not FTP; the message says why.</exception>
    public FtpReply? Read(ReadOnlySpan<byte> bytes, out int taken)
    {
        for (taken = 0; taken < bytes.Length;)
        {
            if (_length == MaximumLineLength)
                throw new FormatException($"a line is longer than {MaximumLineLength} bytes");
            var next = bytes[taken++];
            _line[_length++] = next;
            if (next != '\n')
                continue;
            var line = DecodeLine();
            _length = 0;
            if (AddLine(line) is { } reply)
                return reply;
        }

        return null;
    }

    private string DecodeLine()
    {
        if (_length < 2 || _line[_length - 2] != '\r')
            throw new FormatException("a line does not end with CR LF");
        string line;
        try
        {
            line = Utf8.GetString(_line, 0, _length - 2);
        }
        catch (DecoderFallbackException wrong)
        {
            throw new FormatException("a line is not UTF-8", wrong);
        }

        return line.Any(static letter => char.IsControl(letter) && letter != '\t') ? throw new FormatException("a line holds control characters") : line.Replace('\t', ' ');
    }

    private FtpReply? AddLine(string line)
    {
        var code = FindCode(line);
        if (_lines.Count == 0)
            _code = code ?? throw new FormatException("a line that should begin with a three-digit code begins with something else");
        else if (_lines.Count == MaximumLines)
            throw new FormatException($"an answer has more than {MaximumLines} lines");

        // Between the first and the last line of a longer answer anything may stand, other codes too; only the same code and a space end it.
        var isOwn = code == _code;
        _lines.Add(isOwn ? line[4..] : line);
        if (!isOwn || line[3] != ' ')
            return null;
        var reply = new FtpReply(_code, _lines);
        _lines = [];
        return reply;
    }

    private static int? FindCode(string line) =>
        line.Length >= 4 && line[0] is >= '1' and <= '5' && char.IsAsciiDigit(line[1]) && char.IsAsciiDigit(line[2]) && line[3] is ' ' or '-'
            ? ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0')
            : null;
}
