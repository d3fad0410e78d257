namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// What a scanner answers to commands, so that it is never taken for a scan. A reply of text (<c>OK</c>) is a whole frame, or the beginning of one where it ends with <c>*</c> (<c>OK,*</c>).
/// A reply that begins with a control byte or one above 0x7F (ACK, 0x06) needs no end mark: it is over with its last byte.
/// </summary>
internal sealed class ScannerReplies
{
    private readonly List<byte[]> _bare = [];
    private readonly List<byte[]> _frames = [];
    private readonly List<byte[]> _beginnings = [];

    /// <summary>Reads replies in the form of <see cref="EscapedBytes"/>.</summary>
    /// <exception cref="FormatException">One has another form.</exception>
    public ScannerReplies(IEnumerable<string> replies)
    {
        foreach (var reply in replies)
        {
            if (!TryRead(reply, out var bytes))
                throw new FormatException($"'{reply}' is not a reply.");
            if (bytes[0] is < 0x20 or > 0x7E)
                _bare.Add(bytes);
            else if (bytes[^1] == (byte)'*')
                _beginnings.Add(bytes[..^1]);
            else
                _frames.Add(bytes);
        }
    }

    /// <summary>Whether <paramref name="reply"/> has the form of a reply: at least one byte, two where the last is <c>*</c>, and no end mark or STX in front.</summary>
    public static bool IsWellFormed(string reply) => TryRead(reply, out _);

    /// <summary>Whether a frame is a reply.</summary>
    public bool IsFrame(ReadOnlySpan<byte> frame)
    {
        foreach (var reply in _frames)
        {
            if (frame.SequenceEqual(reply))
                return true;
        }

        foreach (var beginning in _beginnings)
        {
            if (frame.StartsWith(beginning))
                return true;
        }

        return false;
    }

    /// <summary>Whether <paramref name="bytes"/> are a reply that needs no end mark.</summary>
    public bool IsBare(ReadOnlySpan<byte> bytes)
    {
        foreach (var reply in _bare)
        {
            if (bytes.SequenceEqual(reply))
                return true;
        }

        return false;
    }

    /// <summary>Whether <paramref name="bytes"/> begin such a reply, or are one.</summary>
    public bool BeginsBare(ReadOnlySpan<byte> bytes)
    {
        foreach (var reply in _bare)
        {
            if (reply.AsSpan().StartsWith(bytes))
                return true;
        }

        return false;
    }

    private static bool TryRead(string reply, out byte[] bytes)
    {
        if (!EscapedBytes.TryParse(reply, out var read) || read is [] or [(byte)'*'] or [0x02 or 0x03 or 0x0A or 0x0D, ..])
        {
            bytes = [];
            return false;
        }

        bytes = read;
        return true;
    }
}
