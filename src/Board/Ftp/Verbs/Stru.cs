namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Only files without records (RFC 959, 3.1.2).</summary>
internal static class Stru
{
    public static FtpVerb Verb { get; } = FtpVerb.Of(
        "STRU",
        static (_, structure) => string.Equals(structure, "F", StringComparison.OrdinalIgnoreCase) ? new FtpReply(200, "File.") : new FtpReply(504, "Only STRU F."));
}
