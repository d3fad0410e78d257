using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>
/// Runs updates, each from its stored state to its end: <see cref="AdvanceAsync"/> is the story. One device is worked on once at a time. What has begun may end at any instruction: the next run goes on from what
/// is stored, and every step may be repeated.
/// </summary>
public sealed partial class UpdateRunner : IDisposable
{
    private readonly UpdateStore _store;
    private readonly UpdatingSide _side;
    private readonly UpdateLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StepTries _tries;
    private readonly PasswordSharing _sharing;
    private readonly PasswordErasing _erasing;
    private readonly BoardReport _boardReport;
    private readonly BoardFtp _board;
    private readonly ImageSending _sending;
    private readonly RestartWait _restart;
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentDictionary<Guid, UpdateRun> _runs = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _devices = new(StringComparer.Ordinal);

    /// <summary>The runner of <paramref name="side"/>, which shows boards <paramref name="identity"/>.</summary>
    public UpdateRunner(UpdateStore store, UpdatingSide side, TlsIdentity identity, TimeProvider time, ILogger logger)
    {
        (_store, _side, _limits, _time, _logger) = (store, side, side.Limits, time, logger);
        var tls = new BoardTls(identity, _limits.CallTimeout);
        _tries = new StepTries(_limits, time);
        _sharing = new PasswordSharing(store, tls, side.Name, _limits, time);
        _boardReport = new BoardReport(store, tls, logger);
        _erasing = new PasswordErasing(store, tls, _sharing, _boardReport, side.Name);
        _board = new BoardFtp(store, _sharing, side.Name, _limits, side.FtpTimeouts, time);
        _sending = new ImageSending(_board, side.OpenImage);
        _restart = new RestartWait(_board, _limits);
        _places = new SemaphoreSlim(side.Parallel);
    }

    /// <summary>Stores that an update is asked for (U-1). <see cref="RunAsync"/> does it.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.NotFound"/> for a device that is not known, <see cref="ErrorCode.ImageNotAllowed"/> for an image of another model, and what <see cref="UpdateStore.AddAsync"/> says.
    /// </exception>
    public Task<UpdateRecord> StartAsync(UpdateRequest request, CancellationToken cancellationToken)
    {
        var device = FindDevice(request.Device);
        var manifest = request.Image.Manifest;
        if (device.Number is { } number && !manifest.Models.Contains(number.Model))
            throw new ProvisioningException(ErrorCode.ImageNotAllowed, $"The image of version {manifest.Version} is for {string.Join(", ", manifest.Models)}, not for {number.Model}.");
        if (manifest.HasExpired(_time.GetUtcNow()))
            throw new ProvisioningException(ErrorCode.ImageNotAllowed, $"The image of version {manifest.Version} expired at {manifest.Expires:u}. Sign it again with a later --expires.");
        return _store.AddAsync(request, cancellationToken);
    }

    /// <summary>Runs an update to its very end: outcome, password erased, result reported. It goes on for as long as the board can't be told to forget the password.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where it is running already.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop; what is stored is where the next run goes on.</exception>
    public async Task<UpdateRecord> RunAsync(Guid id, CancellationToken cancellationToken)
    {
        using var run = Begin(_store.Get(id));
        try
        {
            var record = await RunToOutcomeAsync(run, id, cancellationToken);
            return await FinishAsync(run, record, cancellationToken);
        }
        finally
        {
            _runs.TryRemove(id, out _);
        }
    }

    /// <summary>Runs an update until it is known how it ended, and tries once to erase the password. <see cref="RunAsync"/> does the rest.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<UpdateRecord> RunToOutcomeAsync(Guid id, CancellationToken cancellationToken)
    {
        using var run = Begin(_store.Get(id));
        try
        {
            var record = await RunToOutcomeAsync(run, id, cancellationToken);
            return await TryEraseAsync(run, record, 0, cancellationToken) ?? _store.Get(id);
        }
        finally
        {
            _runs.TryRemove(id, out _);
        }
    }

    /// <summary>Ends an update that is under way, at whichever step it is. What the board has of the image it keeps; one that it has whole it may still install.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Conflict"/> where it has ended.</exception>
    public async Task<UpdateRecord> AbortAsync(Guid id, CancellationToken cancellationToken)
    {
        var record = await _store.RequestAbortAsync(id, cancellationToken);
        if (_runs.TryGetValue(id, out var run))
            run.Abort();
        return record;
    }

    /// <summary>The board says that it has started (U-8): whoever waits for it looks now. It changes nothing by itself, so one too many does no harm.</summary>
    public void NotePowerOn(string device)
    {
        foreach (var run in _runs.Values.Where(run => run.Device.Key == device))
            run.Wake();
    }

    /// <summary>The board sends a password: the one that it was asked to make (U-13), or the one that overwrites it (U-16). The same one again changes nothing.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where nobody waits for one.</exception>
    public async Task TakePasswordAsync(string device, string name, string password, CancellationToken cancellationToken)
    {
        if (name != _side.Name)
            throw new ProvisioningException(ErrorCode.Conflict, $"The password is for '{Printable.Shorten(name)}'; this is {_side.Name}.");
        var policy = FindDevice(device).Policy;
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var record in _store.FindUnfinished(device).Reverse())
        {
            if (record.Outcome is null && policy.PasswordBy == UpdateSide.Board && record.PasswordState is PasswordState.Sent or PasswordState.Shared)
                await _store.StorePasswordAsync(record, password, PasswordState.Shared);
            else if (record.Outcome is not null && policy.EraseBy == UpdateSide.Board && record.PasswordState is not (PasswordState.None or PasswordState.Erased))
                await _store.StorePasswordAsync(record, password, PasswordState.Erased);
            else if (_store.OpenPassword(record.Id) != password)
                continue;
            NotePowerOn(device);
            return;
        }

        throw new ProvisioningException(ErrorCode.Conflict, $"No update of {device} waits for a password.");
    }

    /// <summary>What is shown of an update that runs now; null for others.</summary>
    public UpdateProgress? FindProgress(Guid id) => _runs.TryGetValue(id, out var run) ? run.Progress : null;

    /// <summary>Whether this process works on it now.</summary>
    public bool IsRunning(Guid id) => _runs.ContainsKey(id);

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        foreach (var device in _devices.Values)
            device.Dispose();
    }

    private UpdateRun Begin(UpdateRecord record)
    {
        var run = new UpdateRun(FindDevice(record.Device), _time, _side.Progressed);
        if (_runs.TryAdd(record.Id, run))
            return run;
        run.Dispose();
        throw new ProvisioningException(ErrorCode.Conflict, $"The update {record.Id} is running already.");
    }

    private UpdateDevice FindDevice(string key) => _side.FindDevice(key)
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"Nothing is known of a device {Printable.Shorten(key)}. Add it with its address to the configuration (Devices).");

    private async Task<UpdateRecord> RunToOutcomeAsync(UpdateRun run, Guid id, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Aborted);
        var turn = _devices.GetOrAdd(run.Device.Key, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken); // also behind one try to erase the password of the update before
        try
        {
            var record = _store.Get(id);
            if (record.AbortRequested)
                run.Abort();
            try
            {
                await TakePlaceAsync(run, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // one that was given up meanwhile needs none
                cancellationToken.ThrowIfCancellationRequested();
                while (record.Outcome is null)
                {
                    run.Show(record, null);
                    record = await AdvanceOrEndAsync(run, record, either.Token, cancellationToken);
                    LogState(_logger, record.Device, record.Id, record.State, record.Detail ?? string.Empty);
                }

                run.Show(record, record.Detail);
                return record;
            }
            finally
            {
                LeavePlace(run);
                if (run.Session is { } session)
                    await session.DisposeAsync();
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Waits for a place among those that are worked on.</summary>
    private async Task TakePlaceAsync(UpdateRun run, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        run.HasPlace = true;
    }

    private void LeavePlace(UpdateRun run)
    {
        if (run.HasPlace)
            _places.Release();
        run.HasPlace = false;
    }

    private async Task<UpdateRecord> AdvanceOrEndAsync(UpdateRun run, UpdateRecord record, CancellationToken either, CancellationToken stopping)
    {
        try
        {
            either.ThrowIfCancellationRequested();
            return await AdvanceAsync(run, record, either);
        }
        catch (OperationCanceledException) when (run.Aborted.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return await _store.MoveAsync(record, UpdateState.Aborted, record.State is UpdateState.Sent ? "Given up while the board installed: it has the whole image, and may run it." : "Given up.", code: ErrorCode.UpdateAborted);
        }
        catch (Exception failure) when (failure is ProvisioningException { Code: not ErrorCode.StorageFull } or ProvisioningException { SaidByPeer: true } or FtpException or NetworkPortException)
        {
            return await _store.MoveAsync(record, UpdateState.Failed, failure.Message, code: (failure as ProvisioningException)?.Code ?? ErrorCode.UpdateFailed);
        }
    }

    [LoggerMessage(900, LogLevel.Information, "Update of {Device} ({Id}): {State} {Detail}")]
    private static partial void LogState(ILogger logger, string device, Guid id, UpdateState state, string detail);
}
