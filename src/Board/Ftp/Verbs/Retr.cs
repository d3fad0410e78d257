using System.Text;

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Reads a version, or what is there of an upload that broke off (RFC 959, 4.1.3).</summary>
internal static class Retr
{
    private const int BufferSize = 64 * 1024;

    public static FtpVerb Verb { get; } = new("RETR", AnswerAsync);

    private static async Task<FtpReply?> AnswerAsync(FtpSession session, string? path)
    {
        var offset = session.TakeRestart();
        if (FtpPath.Find(session.Directory, path ?? string.Empty) is not { IsDirectory: false } file || FtpListing.FindSize(session.Inbox, file) is not { } size)
            return new FtpReply(550, "There is no such file.");
        if (file.Entry == FtpEntry.Image && !session.IsBinary)
            return new FtpReply(550, "Say TYPE I first: an image is no text.");
        if (offset > size)
            return new FtpReply(554, $"It has {size} bytes.");
        return await session.TransferAsync(async data =>
        {
            await using var content = file.Entry == FtpEntry.Image ? session.Inbox.OpenPart(file.Place) : Text(session, file);
            content.Seek(offset, SeekOrigin.Begin);
            return await SendAsync(content, data);
        });
    }

    /// <summary>Sends <paramref name="content"/> to its end.</summary>
    public static async Task<FtpReply> SendAsync(Stream content, DataStream data)
    {
        try
        {
            await content.CopyToAsync(data, BufferSize);
            return new FtpReply(226, "Sent.");
        }
        catch (IOException) when (data.Problem is not null)
        {
            return new FtpReply(426, $"Not sent to its end: {data.Problem}.");
        }
    }

    private static MemoryStream Text(FtpSession session, FtpPath file)
    {
        var line = session.Inbox.FindVersion(file.Place) + (session.IsBinary ? "\n" : "\r\n");
        return new MemoryStream(Encoding.ASCII.GetBytes(line), writable: false);
    }
}
