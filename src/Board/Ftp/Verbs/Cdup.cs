namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>The directory above (RFC 959, 4.1.1); there is none above the root.</summary>
internal static class Cdup
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("CDUP", static (session, _) => Cwd.Change(session, ".."));
}
