namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What paths look like (RFC 959, 4.1.3).</summary>
internal static class Syst
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("SYST", static (_, _) => new FtpReply(215, "UNIX Type: L8"), needsLogin: false);
}
