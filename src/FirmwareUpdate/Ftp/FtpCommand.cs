using System.Text;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>One command, and what it asks in words for messages. No record: printing one would print the password in it.</summary>
/// <param name="verb">Such as <c>STOR</c>.</param>
/// <param name="argument">A path, a number, a password; null where the verb has none.</param>
/// <param name="asked">Goes on "The FTP server was asked …"; never holds a password.</param>
internal sealed class FtpCommand(string verb, string? argument, string asked)
{
    /// <summary>The longest line in bytes; servers allow about as many, and a longer one was never meant.</summary>
    private const int MaximumLength = 1024;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    public string Verb => verb;

    public string Asked => asked;

    /// <summary>The bytes for the wire.</summary>
    /// <exception cref="FtpException">The argument can't be said in one line: it would be another command.</exception>
    public byte[] Encode()
    {
        if (argument is not null && (argument.Length == 0 || argument.Any(char.IsControl)))
            throw Refuse("is empty or holds a line break, a NUL or another control character");
        try
        {
            var line = Utf8.GetBytes(argument is null ? verb + "\r\n" : $"{verb} {argument}\r\n");
            return line.Length <= MaximumLength ? line : throw Refuse($"makes a line of more than {MaximumLength} bytes");
        }
        catch (EncoderFallbackException)
        {
            throw Refuse("is not Unicode");
        }
    }

    private FtpException Refuse(string why) => new($"The FTP command {verb} was not sent: its argument {why}.");
}
