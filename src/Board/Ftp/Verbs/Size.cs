using System.Globalization;

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>How many bytes there are (RFC 3659, 4): of an image, those of an upload that broke off.</summary>
internal static class Size
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("SIZE", Answer);

    private static FtpReply Answer(FtpSession session, string? path)
    {
        if (!session.IsBinary)
            return new FtpReply(550, "Say TYPE I first: a text has another size.");
        return FtpPath.Find(session.Directory, path ?? string.Empty) is { IsDirectory: false } file && FtpListing.FindSize(session.Inbox, file) is { } size
            ? new FtpReply(213, size.ToString(CultureInfo.InvariantCulture))
            : new FtpReply(550, "There is no such file.");
    }
}
