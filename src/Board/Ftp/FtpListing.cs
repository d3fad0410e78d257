using System.Text;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Ftp.Verbs;

namespace ProvisioningStation.Board.Ftp;

/// <summary>A line of a list.</summary>
/// <param name="Path">What it is.</param>
/// <param name="Size">In bytes; 0 for a directory.</param>
internal sealed record FtpListing(FtpPath Path, long Size)
{
    /// <summary>Of a version: a line feed.</summary>
    private const int LineEnd = 1;

    /// <summary>What is in <paramref name="directory"/> now.</summary>
    public static IEnumerable<FtpListing> Of(FirmwareInbox inbox, FtpPath directory)
    {
        var paths = directory.Entry == FtpEntry.Root
            ? [new FtpPath(FtpEntry.Version), new FtpPath(FtpEntry.Image), FtpPath.Applications]
            : inbox.Applications.SelectMany(name => new[] { new FtpPath(FtpEntry.Version, name), new FtpPath(FtpEntry.Image, name) });
        return paths.Select(path => Find(inbox, path)).OfType<FtpListing>();
    }

    /// <summary><paramref name="path"/>, where it is there.</summary>
    public static FtpListing? Find(FirmwareInbox inbox, FtpPath path) =>
        path.IsDirectory ? new FtpListing(path, 0) : FindSize(inbox, path) is { } size ? new FtpListing(path, size) : null;

    /// <summary>The bytes of a file, null where there is none.</summary>
    public static long? FindSize(FirmwareInbox inbox, FtpPath file) => file.Entry == FtpEntry.Version
        ? inbox.FindVersion(file.Place)?.Length + LineEnd
        : inbox.FindPartLength(file.Place) is > 0 and var size ? size : null;

    /// <summary>What LIST, NLST and STAT are to list; null where the path names nothing. Options in the manner of ls are passed over.</summary>
    public static IEnumerable<FtpListing>? FindAll(FtpSession session, string? argument)
    {
        var path = string.Join(' ', (argument ?? string.Empty).Split(' ').SkipWhile(word => word.StartsWith('-')));
        if (FtpPath.Find(session.Directory, path) is not { } named || Find(session.Inbox, named) is not { } entry)
            return null;
        return named.IsDirectory ? Of(session.Inbox, named) : [entry];
    }

    /// <summary>Sends lines over the data connection.</summary>
    public static async Task<FtpReply> SendAsync(FtpSession session, IEnumerable<string> lines)
    {
        var text = string.Concat(lines.Select(line => line + "\r\n"));
        return await session.TransferAsync(async data =>
        {
            await using var content = new MemoryStream(Encoding.ASCII.GetBytes(text), writable: false);
            return await Retr.SendAsync(content, data);
        });
    }

    /// <summary>As MLSD says it (RFC 3659, 7.5).</summary>
    public string ToFacts() => Path.Entry switch
    {
        FtpEntry.Version => $"type=file;size={Size};perm=r; {Path.Name}",
        FtpEntry.Image => $"type=file;size={Size};perm=arw; {Path.Name}",
        _ => $"type=dir;perm=el; {Path.Name}",
    };

    /// <summary>As ls does; the board's clock may be wrong, so there is no time in it.</summary>
    public string ToLine() => $"{(Path.IsDirectory ? "dr-xr-xr-x" : Path.Entry == FtpEntry.Version ? "-r--r--r--" : "-rw-rw-rw-")} 1 board board {Size,12} Jan 01 2026 {Path.Name}";
}
