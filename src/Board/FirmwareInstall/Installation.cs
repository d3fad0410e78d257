using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>From the whole upload to the reset: jobs first (U-7), then the image once more from the medium, then its place, then the reset.</summary>
internal sealed partial class Installation(
    TrustedKeys keys,
    BoardContent content,
    PrintJobs jobs,
    FirmwareInstallOptions options,
    BoardReset reset,
    ILogger<Installation> logger,
    Action<string>? reached = null) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Action<string> _reached = reached ?? KillPoint.Reached;
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private volatile InstallStatus? _status;

    /// <summary>How far it is, or why it failed; null where nothing was begun.</summary>
    public InstallStatus? Status => _status;

    /// <summary>Whether there is one that has not ended; it ends with the board's reset.</summary>
    public bool IsUnderWay => _status?.State is InstallState.Waiting or InstallState.Installing;

    /// <summary>Begins; one that is under way goes on.</summary>
    public void Begin(ImageArea area)
    {
        lock (_gate)
        {
            if (IsUnderWay || _ending.IsCancellationRequested)
                return;
            _status = new InstallStatus(InstallState.Waiting, null);
            _running = Task.Run(() => RunAsync(area), CancellationToken.None);
        }
    }

    /// <summary>A new upload begins: what was before is forgotten.</summary>
    public void Forget() => _status = null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync(ImageArea area)
    {
        try
        {
            await jobs.FinishAsync(options.JobLimit, detail => _status = new InstallStatus(InstallState.Waiting, detail), _ending.Token);
            _status = new InstallStatus(InstallState.Installing, null);
            _reached(BoardKillPoints.BeforeInstall);
            var header = StoredImage.Verify(area.Part, keys.All, content.Faults, _ending.Token);
            area.PutInPlace(header);
            LogInstalled(logger, header.Manifest.Version);
            reset.Request();
        }
        catch (OperationCanceledException)
        {
            // The board is switched off; the upload is here at the next start.
        }
        catch (Exception cause) when (cause is ProvisioningException or IOException or UnauthorizedAccessException)
        {
            if (cause is ProvisioningException)
                area.DropPart();
            _status = new InstallStatus(InstallState.Failed, cause.Message);
            LogFailed(logger, cause.Message);
        }
    }

    [LoggerMessage(412, LogLevel.Information, "Image {Version} is in place; the board resets")]
    private static partial void LogInstalled(ILogger logger, string version);

    [LoggerMessage(413, LogLevel.Error, "The image could not be installed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
