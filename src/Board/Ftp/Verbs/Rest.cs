using System.Globalization;

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Where the next transfer begins (RFC 3659, 5).</summary>
internal static class Rest
{
    private const long Largest = 1L << 53;

    public static FtpVerb Verb { get; } = FtpVerb.Of("REST", Answer);

    private static FtpReply Answer(FtpSession session, string? offset)
    {
        if (!long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes > Largest)
            return new FtpReply(501, "REST and a number of bytes.");
        session.RestartAt = bytes;
        return new FtpReply(350, $"The next transfer begins at {bytes}.");
    }
}
