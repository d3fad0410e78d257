using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>
/// All that FTP knows of the board's software: versions to read, uploads to take, go on with and read back. An image's header is checked before a byte of its payload is kept
/// (signature, model, order, room), its digest while it arrives, and both once more from the medium before it is put in place.
/// </summary>
internal sealed partial class FirmwareInbox
{
    /// <summary>Bytes that an upload leaves free: the boot record, passwords and certificates may lie in the same file system, and have to be written afterwards.</summary>
    public const long Reserve = 1024 * 1024;

    private readonly MemoryMap _map;
    private readonly IReadOnlyList<FirmwareKey> _keys;
    private readonly BoardContent _content;
    private readonly BoardOptions _board;
    private readonly RunningFirmware _running;
    private readonly BootMemory _memory;
    private readonly FirmwareArea _firmware;
    private readonly Installation _installation;
    private readonly Action<string> _reached;
    private readonly Func<long> _measureFree;
    private readonly ILogger<FirmwareInbox> _logger;
    private int _busy;
    private volatile InstallStatus? _status;

    public FirmwareInbox(
        MemoryMap map,
        TrustedKeys keys,
        BoardContent content,
        BoardOptions board,
        FirmwareInstallOptions options,
        RunningFirmware running,
        BootMemory memory,
        Installation installation,
        ILogger<FirmwareInbox> logger,
        Action<string>? reached = null,
        Func<long>? measureFree = null)
    {
        _map = map;
        _keys = keys.All;
        _content = content;
        _board = board;
        _running = running;
        _memory = memory;
        _installation = installation;
        _reached = reached ?? Hosting.KillPoint.Reached;
        _firmware = new FirmwareArea(new FirmwareSlots(map), memory, running, content, board, options, _reached);
        _measureFree = measureFree ?? (() => new DriveInfo(map.Applications).AvailableFreeSpace);
        _logger = logger;
    }

    /// <summary>What the board does about an image; since a fall back, why.</summary>
    public InstallStatus Status =>
        _installation.Status ?? _status ?? (_memory.Record.FallBack is { } why ? new InstallStatus(InstallState.Failed, why) : new InstallStatus(InstallState.Idle, null));

    /// <summary>The names of the installed applications.</summary>
    public IReadOnlyList<string> Applications =>
        [.. Directory.EnumerateDirectories(_map.Applications).Select(path => Path.GetFileName(path)).Where(name => FindVersion(new ImagePlace(name)) is not null).Order(StringComparer.Ordinal)];

    /// <summary>What runs, or is installed; null where there is none, or where it is on trial and nobody can say yet.</summary>
    public string? FindVersion(ImagePlace place) => place.Application is { } name
        ? ImageManifest.IsApplicationName(name) ? Application(name).FindInstalled()?.Manifest.Version : null
        : _running.Committed.IsCompleted ? _running.Version : null;

    /// <summary>Bytes of an unfinished upload, 0 where there is none.</summary>
    public long FindPartLength(ImagePlace place) => place.Application is { } name && !ImageManifest.IsApplicationName(name) ? 0 : Area(place).PartLength;

    /// <summary>Reads an unfinished upload.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/> where there is none.</exception>
    public Stream OpenPart(ImagePlace place)
    {
        try
        {
            return new FileStream(Area(place).Part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ProvisioningException(ErrorCode.NotFound, "There is no unfinished upload.", cause);
        }
    }

    /// <summary>Takes an image, or the rest of one. A part that was taken stays when <paramref name="data"/> ends early or <paramref name="cancellationToken"/> ends it; a wrong one is deleted.</summary>
    /// <param name="place">Where it goes.</param>
    /// <param name="offset">0, or <see cref="FindPartLength"/>.</param>
    /// <param name="data">The image from <paramref name="offset"/> on.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <returns>True where the image is whole and checked, false where it broke off.</returns>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.InvalidImage"/>, <see cref="ErrorCode.ImageNotAllowed"/>, <see cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.WriteFailed"/>; <see cref="ErrorCode.BoardBusy"/> while another one arrives, is
    /// installed or on trial; <see cref="ErrorCode.Conflict"/> where the part ends elsewhere.
    /// </exception>
    public async Task<bool> ReceiveAsync(ImagePlace place, long offset, Stream data, CancellationToken cancellationToken)
    {
        if (!_running.Committed.IsCompleted)
            throw new ProvisioningException(ErrorCode.BoardBusy, "The board is trying out its new firmware. Ask again when it has made up its mind.");
        if (_installation.IsUnderWay || Interlocked.Exchange(ref _busy, 1) != 0)
            throw new ProvisioningException(ErrorCode.BoardBusy, "The board is receiving or installing another image. Ask for its state.");
        try
        {
            var area = Area(place);
            if (offset != 0 && offset != area.PartLength)
                throw new ProvisioningException(ErrorCode.Conflict, $"The part that is here has {area.PartLength} bytes. Go on there, or start over at 0.");
            return await ReceiveAsync(area, offset, data, cancellationToken);
        }
        catch (IOException cause) when (StorageErrors.IsFull(cause))
        {
            Area(place).DropPart();
            throw Refuse(new ProvisioningException(ErrorCode.StorageFull, "There is no room left in the board's flash; the upload was dropped. Take out what does not belong there.", cause));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Refuse(new ProvisioningException(ErrorCode.WriteFailed, $"The board's flash could not be written: {cause.Message}", cause));
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Begins to install an image that <see cref="ReceiveAsync(ImagePlace, long, Stream, CancellationToken)"/> has found whole: waits for jobs, checks it once more, puts it in place, and resets the board.</summary>
    public void BeginInstall(ImagePlace place) => _installation.Begin(Area(place));

    private async Task<bool> ReceiveAsync(ImageArea area, long offset, Stream data, CancellationToken cancellationToken)
    {
        _installation.Forget();
        _status = new InstallStatus(InstallState.Receiving, null);
        ImageHeader? header = null;
        try
        {
            if (_keys.Count == 0)
                throw new ProvisioningException(ErrorCode.InvalidImage, "This board has no key to check images with, so it takes none: assembly gave it none (Board:FirmwareKeys).");
            header = await HeaderOnTheWay.ReadAsync(area.Part, offset, data, _keys, cancellationToken);
            if (header is null)
            {
                _status = null;
                return false;
            }

            RequireAllowed(header, area, offset);
            if (offset == 0)
                area.Clear();
            using var upload = new ImageUpload(area.Part, header, offset, _content.Faults, cancellationToken);
            _reached(BoardKillPoints.AfterHeaderKept);
            var whole = await upload.RunAsync(data, cancellationToken);
            if (whole)
                _reached(BoardKillPoints.AfterUpload);
            LogReceived(_logger, header.Manifest.Version, upload.Kept, header.ImageLength);
            _status = null;
            return whole;
        }
        catch (ProvisioningException refused)
        {
            if (header is not null || offset > 0)
                area.DropPart();
            throw Refuse(refused);
        }
        catch (OperationCanceledException)
        {
            _status = null;
            throw;
        }
    }

    private void RequireAllowed(ImageHeader header, ImageArea area, long offset)
    {
        var target = area.Target;
        if (target.Models.Count == 0)
            throw new ProvisioningException(ErrorCode.ImageNotAllowed, "The image may not be installed here: this board has no machine number yet, and nobody said what models it can become (Board:Models).");
        ImageRules.RequireInstallable(header, target);
        if (area is ApplicationArea && offset == 0 && target.Sequence == 0 && Applications.Count >= ApplicationArea.MaxCount)
            throw new ProvisioningException(ErrorCode.StorageFull, $"The board has {ApplicationArea.MaxCount} applications already, which is as many as it can have.");
        var free = Math.Max(0, _measureFree() + (offset == 0 ? area.Clearable : 0) - Reserve);
        if (header.ImageLength - offset > free)
            throw new ProvisioningException(ErrorCode.StorageFull, $"The image takes {header.ImageLength - offset} more bytes, and {free} are left in the board's flash.");
    }

    private ProvisioningException Refuse(ProvisioningException cause)
    {
        _status = new InstallStatus(InstallState.Failed, cause.Message);
        LogRefused(_logger, cause.Message);
        return cause;
    }

    private ImageArea Area(ImagePlace place) => place.Application is not { } name ? _firmware
        : ImageManifest.IsApplicationName(name) ? Application(name)
        : throw new ProvisioningException(ErrorCode.ImageNotAllowed, "An application's name has 1 to 32 small letters, digits and '-'.");

    private ApplicationArea Application(string name) => new(name, _map, _memory, _keys, _content, _board, _reached);

    [LoggerMessage(410, LogLevel.Information, "Image {Version}: {Kept} of {Length} bytes are here")]
    private static partial void LogReceived(ILogger logger, string version, long kept, long length);

    [LoggerMessage(411, LogLevel.Warning, "Refused an image: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
