namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Who wants to log in (RFC 959, 4.1.1). The answer is the same for everybody.</summary>
internal static class User
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("USER", Answer, needsLogin: false);

    private static FtpReply Answer(FtpSession session, string? id)
    {
        if (session.IsLoggedIn)
            return new FtpReply(503, "You are logged in. QUIT first.");
        if (string.IsNullOrEmpty(id))
            return new FtpReply(501, "USER and your Id.");
        session.Id = id;
        return new FtpReply(331, "PASS and the one-time password.");
    }
}
