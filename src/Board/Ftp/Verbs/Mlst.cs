namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What a path names, for programs (RFC 3659, 7).</summary>
internal static class Mlst
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("MLST", Answer);

    private static FtpReply Answer(FtpSession session, string? path) =>
        FtpPath.Find(session.Directory, path ?? string.Empty) is { } named && FtpListing.Find(session.Inbox, named) is { } entry
            ? new FtpReply(250, "End", [entry.ToFacts()]) { Title = named.ToString() }
            : new FtpReply(550, "There is no such thing.");
}
