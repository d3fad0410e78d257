namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Where relative paths begin (RFC 959, 4.1.3).</summary>
internal static class Pwd
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("PWD", static (session, _) => new FtpReply(257, $"\"{session.Directory}\""));
}
