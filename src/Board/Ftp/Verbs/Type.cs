namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>How bytes are to be taken (RFC 959, 3.1.1): I for images, A for lists and versions.</summary>
internal static class Type
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("TYPE", Answer);

    private static FtpReply Answer(FtpSession session, string? type)
    {
        switch (type?.ToUpperInvariant())
        {
            case "I" or "L 8":
                session.IsBinary = true;
                return new FtpReply(200, "Bytes as they are.");
            case "A" or "A N":
                session.IsBinary = false;
                return new FtpReply(200, "Text; not for images.");
            default:
                return new FtpReply(504, "TYPE I or TYPE A.");
        }
    }
}
