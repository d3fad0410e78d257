namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What is in a directory, for programs (RFC 3659, 7).</summary>
internal static class Mlsd
{
    public static FtpVerb Verb { get; } = new("MLSD", AnswerAsync);

    private static async Task<FtpReply?> AnswerAsync(FtpSession session, string? path) =>
        FtpPath.Find(session.Directory, path ?? string.Empty) is { IsDirectory: true } directory
            ? await FtpListing.SendAsync(session, FtpListing.Of(session.Inbox, directory).Select(entry => entry.ToFacts()))
            : new FtpReply(501, "There is no such directory.");
}
