using System.Text;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Turns the scanner's bytes into scans. Pure: time comes in with the bytes, so the same bytes at the same times give the same scans however they are cut up.
/// A frame ends with CR, LF, CRLF or ETX; a leading STX is taken off. A frame that is too long, that pauses too long, or that holds anything but printable ASCII
/// is dropped whole, and after a broken frame everything up to the next end mark is dropped with it: nothing is ever half-accepted.
/// What the scanner answers to commands, and its words for "no barcode seen", are known before anything else is looked at.
/// </summary>
internal sealed class ScanFrames(ScannerOptions options, ScanSource source = ScanSource.Serial, BadgePattern? badge = null)
{
    private const byte StartOfText = 0x02;
    private const byte EndOfText = 0x03;
    private const int AimIdentifierLength = 3;

    private readonly List<(byte[] Bytes, string Text)> _noRead = [.. options.WordsForNoRead.Select(text => (EscapedBytes.Parse(text), text))];
    private readonly ScannerReplies _replies = new(options.Replies ?? ScannerOptions.DefaultReplies);
    private readonly byte[] _frame = new byte[options.MaxLength];
    private int _length;
    private bool _open;
    private bool _marked;
    private bool _resynchronising;
    private bool _unreported;
    private TimeSpan _lastByte;
    private Scan? _lastCode;
    private Scan? _lastNoRead;

    /// <summary>Whether a byte ends a frame.</summary>
    public static bool IsEndMark(byte value) => value is (byte)'\r' or (byte)'\n' or EndOfText;

    /// <summary>Takes the next bytes, all of which came at <paramref name="at"/>, and adds what they complete to <paramref name="scans"/>.</summary>
    /// <returns>Whether a code was whole: also one that is the same scan as the one before.</returns>
    public bool Feed(ReadOnlySpan<byte> bytes, TimeSpan at, ICollection<Scan> scans)
    {
        if (bytes.IsEmpty)
            return false;
        Expire(at, scans);
        if (_resynchronising && at - _lastByte > options.Gap)
            _unreported = true; // a new scan is being lost here, and its worker has to be told
        _lastByte = at;
        var whole = false;
        foreach (var value in bytes)
            whole |= Take(value, at, scans);
        return whole;
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
    /// <param name="midFrame">Whether the stale input that was thrown away at the opening ended within a frame: then what comes next is the tail of it, and is dropped aloud.</param>
    public void Reset(bool midFrame = false)
    {
        _length = 0;
        _open = false;
        _marked = false;
        _resynchronising = midFrame;
        _unreported = midFrame;
    }

    private bool Take(byte value, TimeSpan at, ICollection<Scan> scans)
    {
        if (_length == 0 && !_open && _replies.BeginsBare([value]) || InBareReply(value))
        {
            if (!_resynchronising)
                Append(value, at, scans);
            if (_length > 0 && _replies.IsBare(_frame.AsSpan(0, _length)))
                Forget();
            return false;
        }

        if (IsEndMark(value))
            return End(at, scans); // the LF of CRLF ends an empty frame, which is nothing
        if (_resynchronising)
            return false;
        if (value == StartOfText && !_open)
            (_open, _marked) = (true, true);
        else
            Append(value, at, scans);
        return false;
    }

    private bool InBareReply(byte value)
    {
        if (_length == 0 || _marked || _frame[0] is >= 0x20 and <= 0x7E || _length == _frame.Length)
            return false;
        _frame[_length] = value;
        return _replies.BeginsBare(_frame.AsSpan(0, _length + 1));
    }

    private void Append(byte value, TimeSpan at, ICollection<Scan> scans)
    {
        _open = true;
        if (_length < _frame.Length)
        {
            _frame[_length++] = value;
            return;
        }

        Drop($"the code is longer than {_frame.Length} characters", at, scans);
        _resynchronising = true;
    }

    private bool End(TimeSpan at, ICollection<Scan> scans)
    {
        if (_resynchronising)
        {
            _resynchronising = false;
            if (_unreported)
                Drop("the code began before the end mark of a broken one", at, scans);
            return false;
        }

        var whole = _length > 0 && Complete(_frame.AsSpan(0, _length), at, scans);
        Forget();
        return whole;
    }

    private bool Complete(ReadOnlySpan<byte> frame, TimeSpan at, ICollection<Scan> scans)
    {
        if (_replies.IsFrame(frame))
            return false;
        foreach (var (bytes, words) in _noRead)
        {
            if (!frame.SequenceEqual(bytes))
                continue;
            Add(new Scan(ScanKind.NoRead, words, at, source), ref _lastNoRead, scans);
            return false;
        }

        if (frame.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
        {
            Drop("the code holds characters that are not printable ASCII", at, scans);
            return false;
        }

        var text = Encoding.ASCII.GetString(frame);
        if (options.StripAimIdentifier && text.Length > AimIdentifierLength && text[0] == ']' && char.IsAsciiLetter(text[1]) && char.IsAsciiLetterOrDigit(text[2]))
            text = text[AimIdentifierLength..];
        if (CommandBarcode.IsMeant(text) && !CommandBarcode.IsWellFormed(text))
        {
            Drop("a command barcode is %CMD- and 1 to 24 capital letters, digits and hyphens", at, scans);
            return false;
        }

        var kind = CommandBarcode.IsMeant(text) ? ScanKind.Command : badge?.Matches(text) == true ? ScanKind.Badge : ScanKind.Code;
        Add(new Scan(kind, text, at, source), ref _lastCode, scans);
        return true;
    }

    private void Add(Scan scan, ref Scan? last, ICollection<Scan> scans)
    {
        var repeated = scan.Text == last?.Text && scan.At - last?.At < options.Repeat;
        last = scan;
        if (!repeated)
            scans.Add(scan);
    }

    private void Drop(string reason, TimeSpan at, ICollection<Scan> scans)
    {
        Forget();
        _unreported = false;
        scans.Add(new Scan(ScanKind.Unreadable, reason, at, source));
    }

    private void Forget()
    {
        _length = 0;
        _open = false;
        _marked = false;
    }
}
