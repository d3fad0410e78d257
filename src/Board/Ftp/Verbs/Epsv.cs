namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>A passive port (RFC 2428, 3).</summary>
internal static class Epsv
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("EPSV", Answer);

    private static FtpReply Answer(FtpSession session, string? protocol)
    {
        switch (protocol?.ToUpperInvariant())
        {
            case "ALL":
                session.IsExtendedOnly = true;
                return new FtpReply(200, "EPSV only.");
            case null:
            case "1" when session.IsVersion4:
            case "2" when !session.IsVersion4:
                return session.OpenDataPort() is { } port ? new FtpReply(229, $"Entering Extended Passive Mode (|||{port}|)") : new FtpReply(425, "No passive port is free.");
            case "1" or "2":
                return new FtpReply(522, $"Network protocol not supported, use ({(session.IsVersion4 ? 1 : 2)})");
            default:
                return new FtpReply(501, "EPSV, EPSV 1, EPSV 2 or EPSV ALL.");
        }
    }
}
