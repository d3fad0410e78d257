namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>The end (RFC 959, 4.1.1).</summary>
internal static class Quit
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("QUIT", Answer, needsLogin: false);

    private static FtpReply Answer(FtpSession session, string? argument)
    {
        session.HasQuit = true;
        return new FtpReply(221, "Goodbye.");
    }
}
