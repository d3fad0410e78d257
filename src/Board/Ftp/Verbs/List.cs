namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What is in a directory, for people (RFC 959, 4.1.3).</summary>
internal static class List
{
    public static FtpVerb Verb { get; } = new("LIST", AnswerAsync);

    private static async Task<FtpReply?> AnswerAsync(FtpSession session, string? path) =>
        FtpListing.FindAll(session, path) is { } entries
            ? await FtpListing.SendAsync(session, entries.Select(entry => entry.ToLine()))
            : new FtpReply(550, "There is no such thing.");
}
