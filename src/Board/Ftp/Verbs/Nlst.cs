namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>The names in a directory (RFC 959, 4.1.3).</summary>
internal static class Nlst
{
    public static FtpVerb Verb { get; } = new("NLST", AnswerAsync);

    private static async Task<FtpReply?> AnswerAsync(FtpSession session, string? path) =>
        FtpListing.FindAll(session, path) is { } entries
            ? await FtpListing.SendAsync(session, entries.Select(entry => entry.Path.Name))
            : new FtpReply(550, "There is no such thing.");
}
