namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Only streams (RFC 959, 3.4.1).</summary>
internal static class Mode
{
    public static FtpVerb Verb { get; } = FtpVerb.Of(
        "MODE",
        static (_, mode) => string.Equals(mode, "S", StringComparison.OrdinalIgnoreCase) ? new FtpReply(200, "Stream.") : new FtpReply(504, "Only MODE S."));
}
