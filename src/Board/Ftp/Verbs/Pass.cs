namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>The one-time password (RFC 959, 4.1.1; U-4). The third wrong one closes the port.</summary>
internal static class Pass
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("PASS", Answer, needsLogin: false);

    private static FtpReply Answer(FtpSession session, string? password)
    {
        if (session.IsLoggedIn)
            return new FtpReply(503, "You are logged in. QUIT first.");
        if (session.Id is null)
            return new FtpReply(503, "USER first.");
        if (session.TryLogIn(password ?? string.Empty))
            return new FtpReply(230, "Logged in.");
        session.Id = null;
        return new FtpReply(530, "That is not the Id and its one-time password.");
    }
}
