using System.Text;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Turns the scanner's bytes into scans. Pure: time comes in with the bytes, so the same bytes at the same times give the same scans however they are cut up.
/// A frame ends with CR, LF, CRLF or ETX; a leading STX is taken off. A frame that is too long, that pauses too long, or that holds anything but printable ASCII
/// is dropped whole, and after a broken frame everything up to the next end mark is dropped with it: nothing is ever half-accepted.
/// </summary>
internal sealed class ScanFrames(ScannerOptions options)
{
    private const byte StartOfText = 0x02;
    private const byte EndOfText = 0x03;

    private readonly IReadOnlyCollection<string> _noRead = options.NoRead ?? ScannerOptions.DefaultNoRead;
    private readonly byte[] _frame = new byte[options.MaxLength];
    private int _length;
    private bool _open;
    private bool _resynchronising;
    private bool _unreported;
    private TimeSpan _lastByte;
    private string? _lastText;
    private TimeSpan _lastSeen;

    /// <summary>Takes the next bytes, all of which came at <paramref name="at"/>, and adds what they complete to <paramref name="scans"/>.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, TimeSpan at, ICollection<Scan> scans)
    {
        if (bytes.IsEmpty)
            return;
        Expire(at, scans);
        if (_resynchronising && at - _lastByte > options.Gap)
            _unreported = true; // a new scan is being lost here, and its worker has to be told
        _lastByte = at;
        foreach (var value in bytes)
            Take(value, at, scans);
    }

    /// <summary>To be called while nothing comes: drops a frame whose end mark stays away.</summary>
    public void Expire(TimeSpan at, ICollection<Scan> scans)
    {
        if (!_open || at - _lastByte <= options.Gap)
            return;
        Drop($"the code stopped after {_length} characters without an end mark", at, scans);
        _resynchronising = true;
    }

    /// <summary>Forgets a frame that was begun: the port was opened anew.</summary>
    public void Reset()
    {
        _length = 0;
        _open = false;
        _resynchronising = false;
        _unreported = false;
    }

    private void Take(byte value, TimeSpan at, ICollection<Scan> scans)
    {
        if (value is (byte)'\r' or (byte)'\n' or EndOfText)
        {
            End(at, scans); // the LF of CRLF ends an empty frame, which is nothing
            return;
        }

        if (_resynchronising)
            return;
        if (value == StartOfText && !_open)
        {
            _open = true;
            return;
        }

        _open = true;
        if (_length == _frame.Length)
        {
            Drop($"the code is longer than {_frame.Length} characters", at, scans);
            _resynchronising = true;
            return;
        }

        _frame[_length++] = value;
    }

    private void End(TimeSpan at, ICollection<Scan> scans)
    {
        if (_resynchronising)
        {
            _resynchronising = false;
            if (_unreported)
                Drop("the code began before the end mark of a broken one", at, scans);
            return;
        }

        if (_length > 0)
            Complete(_frame.AsSpan(0, _length), at, scans);
        _length = 0;
        _open = false;
    }

    private void Complete(ReadOnlySpan<byte> frame, TimeSpan at, ICollection<Scan> scans)
    {
        if (frame.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
        {
            Drop("the code holds characters that are not printable ASCII", at, scans);
            return;
        }

        var text = Encoding.ASCII.GetString(frame);
        if (options.StripAimIdentifier && text.Length > 3 && text[0] == ']' && char.IsAsciiLetter(text[1]) && char.IsAsciiLetterOrDigit(text[2]))
            text = text[3..];
        var repeated = text == _lastText && at - _lastSeen < options.Repeat;
        (_lastText, _lastSeen) = (text, at);
        if (!repeated)
            scans.Add(new Scan(_noRead.Contains(text, StringComparer.Ordinal) ? ScanKind.NoRead : ScanKind.Code, text, at));
    }

    private void Drop(string reason, TimeSpan at, ICollection<Scan> scans)
    {
        _length = 0;
        _open = false;
        _unreported = false;
        scans.Add(new Scan(ScanKind.Unreadable, reason, at));
    }
}
