namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Never: the board connects to nobody, so that nobody can have it connect elsewhere (RFC 2577, 3).</summary>
internal static class Port
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("PORT", static (_, _) => Refusal);

    /// <summary>The answer, whatever address was given.</summary>
    public static FtpReply Refusal => new(502, "The board connects to nobody. Say EPSV or PASV.");
}
