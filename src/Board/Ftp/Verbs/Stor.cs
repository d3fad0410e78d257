namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Takes an image (RFC 959, 4.1.3; U-6), from the offset that REST gave (U-22). The answer 226 means: whole and checked; then the board installs it (U-7).</summary>
internal static class Stor
{
    public static FtpVerb Verb { get; } = new("STOR", static (session, path) => ReceiveAsync(session, path, static (offset, _) => offset));

    /// <summary>Takes the image that <paramref name="path"/> names.</summary>
    /// <param name="session">Whose.</param>
    /// <param name="path">Of the image.</param>
    /// <param name="begin">Where it begins, from the offset of REST and the length of what is there.</param>
    public static async Task<FtpReply?> ReceiveAsync(FtpSession session, string? path, Func<long, long, long> begin)
    {
        var offset = session.TakeRestart();
        if (FtpPath.Find(session.Directory, path ?? string.Empty) is not { Entry: FtpEntry.Image } file)
            return new FtpReply(553, "Only images are stored: /firmware.img, /applications/NAME.img.");
        if (!session.IsBinary)
            return new FtpReply(550, "Say TYPE I first: an image is no text.");
        var part = session.Inbox.FindPartLength(file.Place);
        offset = begin(offset, part);
        if (offset > part)
            return new FtpReply(554, $"There are {part} bytes; go on there, or begin at 0.");
        var isWhole = false;
        var reply = await session.TransferAsync(async data =>
        {
            isWhole = await session.Inbox.ReceiveAsync(file.Place, offset, data, CancellationToken.None);
            return isWhole ? new FtpReply(226, "The image is whole and signed. It will be installed.") : Incomplete(session, file, data);
        });
        try
        {
            await session.SayAsync(reply);
        }
        finally
        {
            if (isWhole)
                session.Inbox.BeginInstall(file.Place); // also where the client has gone: it has sent all of it
        }

        return null;
    }

    private static FtpReply Incomplete(FtpSession session, FtpPath file, DataStream data) => data.IsTooLarge
        ? new FtpReply(552, $"Too large: {data.Problem}.")
        : new FtpReply(426, $"The image is not whole: {data.Problem ?? "the data ended"}. {session.Inbox.FindPartLength(file.Place)} bytes are kept.");
}
