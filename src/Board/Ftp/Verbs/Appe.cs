namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Goes on with an image where it broke off (RFC 959, 4.1.3), as some clients resume.</summary>
internal static class Appe
{
    public static FtpVerb Verb { get; } = new("APPE", static (session, path) => Stor.ReceiveAsync(session, path, static (_, part) => part));
}
