namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Nothing, but a sign of life (RFC 959, 4.1.3).</summary>
internal static class Noop
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("NOOP", static (_, _) => new FtpReply(200, "Still here."), needsLogin: false);
}
