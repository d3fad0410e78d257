namespace ProvisioningStation.Board.Ftp;

/// <summary>One line of the control connection.</summary>
/// <param name="Verb">In capitals; empty where the line has none.</param>
/// <param name="Argument">What stands behind the first space; null where there is no space.</param>
/// <param name="Problem">Why it is no command line, a sentence; null where it is one.</param>
internal sealed record CommandLine(string Verb, string? Argument, string? Problem = null)
{
    /// <summary>The verb and nothing of the argument, which may be a password.</summary>
    public override string ToString() => Verb;
}

/// <summary>
/// Cuts the bytes of a control connection into command lines (RFC 959, 5.3): printable ASCII up to CR LF, at most <see cref="LongestLine"/> bytes. Telnet commands (RFC 854), which some clients send before ABOR, are
/// taken out. It holds one line, whatever comes.
/// </summary>
internal sealed class CommandLineParser
{
    /// <summary>The most bytes of a line without its end. The longest that is of any use is PASS with 128 characters.</summary>
    public const int LongestLine = 512;

    private const byte Iac = 255;
    private const byte Will = 251;
    private const byte FirstTelnetCommand = 240;

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;
    private bool _hasReturn;
    private string? _problem;
    private Telnet _telnet;

    private enum Telnet
    {
        None,
        Command,
        Option,
    }

    /// <summary>Whether the line is longer than any may be: nothing behind it is worth reading.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Takes bytes up to the end of the first line.</summary>
    /// <param name="bytes">What was received.</param>
    /// <param name="taken">How many of them were taken.</param>
    /// <returns>Null while the line has not ended.</returns>
    public CommandLine? Take(ReadOnlySpan<byte> bytes, out int taken)
    {
        for (taken = 0; taken < bytes.Length && !IsTooLong;)
        {
            var next = bytes[taken++];
            if (_telnet != Telnet.None)
                PassTelnet(next);
            else if (next == Iac)
                _telnet = Telnet.Command;
            else if (next == '\n')
                return End();
            else
                Add(next);
        }

        return null;
    }

    private void PassTelnet(byte next) =>
        _telnet = _telnet == Telnet.Command && next is >= Will and < Iac ? Telnet.Option : Telnet.None; // WILL, WON'T, DO, DON'T have one byte more

    private void Add(byte next)
    {
        if (next >= FirstTelnetCommand)
            return; // a telnet command whose IAC came as urgent data, and was not put in line
        if (_hasReturn)
            _problem = "A carriage return stands within the line.";
        _hasReturn = next == '\r';
        if (_hasReturn)
            return;
        if (next is < (byte)' ' or > (byte)'~')
            _problem = "Only printable ASCII is allowed in a command line.";
        if (_length == LongestLine)
            IsTooLong = true;
        else
            _line[_length++] = next;
    }

    private CommandLine End()
    {
        var text = System.Text.Encoding.ASCII.GetString(_line, 0, _length);
        var problem = _problem ?? (_hasReturn ? null : "A command line ends with CR LF.");
        Array.Clear(_line, 0, _length); // it may have been a password
        (_length, _hasReturn, _problem) = (0, false, null);
        if (problem is not null)
            return new CommandLine(string.Empty, null, problem);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? new CommandLine(text.ToUpperInvariant(), null) : new CommandLine(text[..space].ToUpperInvariant(), text[(space + 1)..]);
    }
}
