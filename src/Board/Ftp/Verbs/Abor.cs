namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Ends a transfer (RFC 959, 4.1.3), which has its own answer before this one.</summary>
internal static class Abor
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("ABOR", static (_, _) => new FtpReply(226, "Nothing is transferred now."));
}
