namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Options (RFC 2389): MLST gives all its facts always, and names are ASCII, which is UTF-8.</summary>
internal static class Opts
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("OPTS", Answer, needsLogin: false);

    private static FtpReply Answer(FtpSession session, string? option)
    {
        if (option?.StartsWith("MLST", StringComparison.OrdinalIgnoreCase) == true)
            return new FtpReply(200, "MLST OPTS type;size;perm;");
        return string.Equals(option, "UTF8 ON", StringComparison.OrdinalIgnoreCase) ? new FtpReply(200, "Names are ASCII.") : new FtpReply(501, "There is no such option.");
    }
}
