using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The kinds of things on the board's FTP.</summary>
internal enum FtpEntry
{
    /// <summary><c>/</c>.</summary>
    Root,

    /// <summary><c>/applications</c>.</summary>
    Applications,

    /// <summary>A version to read.</summary>
    Version,

    /// <summary>An image to store, and what is there of one that broke off.</summary>
    Image,
}

/// <summary>
/// Something that a path names. There is this table and nothing else: no name from the wire ever reaches a file system.
/// <code>
/// /                         /applications
/// /version.txt              /applications/NAME.txt
/// /firmware.img             /applications/NAME.img
/// </code>
/// </summary>
/// <param name="Entry">What it is.</param>
/// <param name="Application">Whose; null for the firmware's and for directories.</param>
internal sealed record FtpPath(FtpEntry Entry, string? Application = null)
{
    private const string ApplicationsName = "applications";
    private const string VersionName = "version.txt";
    private const string ImageName = "firmware.img";
    private const string TextEnd = ".txt";
    private const string ImageEnd = ".img";

    /// <summary><c>/</c>.</summary>
    public static FtpPath Root { get; } = new(FtpEntry.Root);

    /// <summary><c>/applications</c>.</summary>
    public static FtpPath Applications { get; } = new(FtpEntry.Applications);

    /// <summary>Whether one can be in it.</summary>
    public bool IsDirectory => Entry is FtpEntry.Root or FtpEntry.Applications;

    /// <summary>Whose version or image it is.</summary>
    public ImagePlace Place => Application is null ? ImagePlace.Firmware : new ImagePlace(Application);

    /// <summary>The name within its directory.</summary>
    public string Name => this switch
    {
        { Entry: FtpEntry.Root } => "/",
        { Entry: FtpEntry.Applications } => ApplicationsName,
        { Application: null } => Entry == FtpEntry.Version ? VersionName : ImageName,
        _ => Application + (Entry == FtpEntry.Version ? TextEnd : ImageEnd),
    };

    /// <summary>What <paramref name="path"/> names, seen from <paramref name="directory"/>; null where it names nothing.</summary>
    public static FtpPath? Find(FtpPath directory, string path)
    {
        var here = path.StartsWith('/') ? Root : directory;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Step(here, name) is not { } next)
                return null;
            here = next;
        }

        return here;
    }

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { IsDirectory: true, Entry: FtpEntry.Root } => "/",
        { Application: not null } => $"/{ApplicationsName}/{Name}",
        _ => $"/{Name}",
    };

    private static FtpPath? Step(FtpPath here, string name) => (here.Entry, name) switch
    {
        ({ } entry, ".") when entry is FtpEntry.Root or FtpEntry.Applications => here,
        (FtpEntry.Applications, "..") => Root,
        (FtpEntry.Root, ApplicationsName) => Applications,
        (FtpEntry.Root, VersionName) => new FtpPath(FtpEntry.Version),
        (FtpEntry.Root, ImageName) => new FtpPath(FtpEntry.Image),
        (FtpEntry.Applications, _) => FindApplication(name),
        _ => null,
    };

    private static FtpPath? FindApplication(string name)
    {
        var entry = name.EndsWith(TextEnd, StringComparison.Ordinal) ? FtpEntry.Version : FtpEntry.Image;
        if (entry == FtpEntry.Image && !name.EndsWith(ImageEnd, StringComparison.Ordinal))
            return null;
        var application = name[..^ImageEnd.Length];
        return ImageManifest.IsApplicationName(application) ? new FtpPath(entry, application) : null;
    }
}
