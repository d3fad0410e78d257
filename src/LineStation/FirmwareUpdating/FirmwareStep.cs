using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.BoardWriting;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>
/// The firmware of the board on the cable (U-1 to U-12). Every visit asks the board anew: what an earlier one began is given up, and what the board has of the image is gone on with, so it does not matter
/// where station or board ended, nor which boards were on the cable meanwhile.
/// </summary>
internal sealed class FirmwareStep(
    FirmwareFolder images, UpdateStore store, UpdateRunner runner, BoardOnCable onCable, BoardCable cable, NetworkPort port, TerminalClient terminal, FirmwareProgress progress, FirmwareOptions options, LineOptions line, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Updates the board where the folder has another version for the scanned unit's model.</summary>
    /// <returns>The board over the connection that is open now, which has proved to be what it was.</returns>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.UpdateFailed"/>: it came up with another version; <see cref="ErrorCode.ImageNotAllowed"/>: it refuses the image; <see cref="ErrorCode.BoardUnavailable"/>, <see cref="ErrorCode.BoardBusy"/>,
    /// <see cref="ErrorCode.WrongBoard"/>, <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.NotInStore"/>, <see cref="ErrorCode.Blocked"/>: the terminal refuses the unit, and nothing was sent.
    /// </exception>
    public async Task<BoardConnection> RunAsync(UnitVisit visit, BoardConnection board, CancellationToken cancellationToken)
    {
        // 1. Which image, and does the board run it? It says so itself over mutual TLS, and its FTP port stays closed. After an update only FTP is asked (U-9).
        var image = await images.FindNewestAsync(visit.Number.Model, cancellationToken);
        var open = store.FindUnfinished();
        var earlier = open.Where(update => update.Device == visit.Number.ToString()).ToList();
        var runs = board.Information.FirmwareVersion;
        var isThere = image is null || image.Version == runs;
        var refusal = isThere ? null : await FindRefusalAsync(visit, cancellationToken); // nobody waits minutes for a firmware to be told then that the unit is not to be built
        if (earlier.Count == 0 && (isThere || refusal is not null))
        {
            if (open.Count > 0)
                await ForbidAsync(board, cancellationToken);
            if (refusal is not null)
                throw refusal;
            await visit.NoteAsync(StationStep.UpdateFirmware, image is null ? $"There is no firmware image for model {visit.Number.Model}: the board keeps {runs}." : $"The board runs {runs} already.", cancellationToken);
            return board;
        }

        var next = refusal is null ? image : null;
        onCable.Set(visit.Number, board.Peer.Role);
        try
        {
            // 2. What an earlier visit left: neither its password nor another unit's opens this board any more.
            await visit.BeginAsync(StationStep.UpdateFirmware, next is null ? "Ending an earlier update." : $"Updating the firmware from {runs} to {next.Version}.", cancellationToken);
            await ForbidAsync(board, cancellationToken);
            foreach (var update in earlier)
                await EndEarlierAsync(update, cancellationToken);
            if (next is null)
            {
                await FinishAllAsync(visit, cancellationToken);
                return refusal is null ? board : throw refusal;
            }

            // 3. The update, and whose board it is that answers then.
            await UpdateAsync(visit, next, cancellationToken);
            var after = await cable.WaitForReturnAsync(StationCall.Identify, options.AwayLimit, cancellationToken);
            RequireSame(board, after);
            await FinishAllAsync(visit, cancellationToken);
            if (after.Information.FirmwareVersion != next.Version)
                throw new ProvisioningException(ErrorCode.WrongBoard, $"The board was updated to {next.Version}, but the board on the cable runs {after.Information.FirmwareVersion}.");
            await visit.NoteAsync(StationStep.UpdateFirmware, $"The board runs {next.Version}.", cancellationToken);
            return after;
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>
    /// U-12: a board that lost both its firmwares has only its small updater left, which knows no TLS. Where an update of this very number left its password with it, the newest image goes there with that.
    /// </summary>
    /// <returns>The board over TLS, with its new firmware; null where this is not the case, and it is just not there.</returns>
    /// <exception cref="ProvisioningException">As <see cref="RunAsync"/>.</exception>
    public async Task<BoardConnection?> TryRescueAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        var device = visit.Number.ToString();
        if (!store.FindUnfinished(device).Any(update => update.PasswordState is PasswordState.Shared or PasswordState.Used)
            || await images.FindNewestAsync(visit.Number.Model, cancellationToken) is not { } image
            || !await AnswersOverFtpAsync(cancellationToken))
            return null;
        onCable.Set(visit.Number, Role.Board);
        try
        {
            await visit.BeginAsync(StationStep.UpdateFirmware, $"Only the board's small updater answers: it gets {image.Version} with the password of the update before.", cancellationToken);
            if (store.FindUnderWay(device) is { } cutOff)
            {
                await runner.AbortAsync(cutOff.Id, cancellationToken);
                await runner.RunToOutcomeAsync(cutOff.Id, cancellationToken);
            }

            await UpdateAsync(visit, image, cancellationToken);
            var board = await cable.WaitForReturnAsync(StationCall.Identify, options.AwayLimit, cancellationToken);
            await FinishAllAsync(visit, cancellationToken);
            return board;
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>Why the terminal will refuse the unit for certain; null where it will not, or can't be asked now: then it is asked behind the update, as at every line.</summary>
    private async Task<ProvisioningException?> FindRefusalAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            await terminal.GetUnitAsync(visit.Number, cancellationToken);
            return null;
        }
        catch (ProvisioningException refusal)
        {
            return refusal.Code is ErrorCode.NotInStore or ErrorCode.Blocked ? refusal : null;
        }
    }

    private async Task UpdateAsync(UnitVisit visit, FirmwareImage image, CancellationToken cancellationToken)
    {
        var record = await runner.StartAsync(new UpdateRequest(visit.Number.ToString(), new UpdateImage(image.Id, image.Header.Manifest), $"line {line.Name}"), cancellationToken);
        record = await RunWhileBoardIsThereAsync(record.Id, cancellationToken);
        if (record.Outcome is not (UpdateOutcome.Succeeded or UpdateOutcome.NotNeeded))
            throw new ProvisioningException(record.Code ?? ErrorCode.UpdateFailed, $"The firmware update to {image.Version} did not succeed. {record.Detail}"); // U-12: a password that is not erased yet, the next scan erases
    }

    private async Task<bool> AnswersOverFtpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var ftp = await FtpClient.ConnectAsync(onCable.Ftp, new FtpTimeouts { Connect = Look * 5 }, time, cancellationToken);
            return true;
        }
        catch (FtpException)
        {
            return false;
        }
    }

    /// <summary>Any board that was updated here may have come back under another number. What it has of this station's it forgets; one that has nothing of it is not changed.</summary>
    private async Task ForbidAsync(BoardConnection board, CancellationToken cancellationToken)
    {
        try
        {
            await board.CallAsync<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(StationCall.ForbidPassword, new ForbidUpdatePasswordRequest(line.Name), cancellationToken);
        }
        catch (ProvisioningException refused) when (refused.SaidByPeer)
        {
            // A board that knows no such message has no password either; one that can't store it says so again when it is given one.
        }
    }

    /// <summary>Its password is erased here, or where the board restarts just now, before the next one is shared with it.</summary>
    private async Task EndEarlierAsync(UpdateRecord update, CancellationToken cancellationToken)
    {
        if (update.Outcome is null)
            await runner.AbortAsync(update.Id, cancellationToken);
        await runner.RunToOutcomeAsync(update.Id, cancellationToken);
    }

    /// <summary>Every one-time password for this number is erased and its row ended. No board leaves with its port open: where that can't be done now, the next scan does it.</summary>
    private async Task FinishAllAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        foreach (var update in store.FindUnfinished(visit.Number.ToString()))
        {
            var ended = update.State == UpdateState.PasswordErased ? update : await runner.RunToOutcomeAsync(update.Id, cancellationToken); // one more try, now that the board answers
            if (ended.State != UpdateState.PasswordErased)
                throw new ProvisioningException(ErrorCode.BoardUnavailable, "The board does not take it that its one-time password is erased.");
            await runner.RunAsync(update.Id, cancellationToken);
        }
    }

    private async Task<UpdateRecord> RunWhileBoardIsThereAsync(Guid id, CancellationToken cancellationToken)
    {
        using var going = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = runner.RunToOutcomeAsync(id, going.Token);
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(Look, time, CancellationToken.None));
            if (progress.Away > options.AwayLimit)
                await going.CancelAsync();
        }

        try
        {
            return await run;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(ErrorCode.BoardUnavailable, port.FindProblem() ?? $"The board has not answered for {options.AwayLimit} in the middle of its firmware update.");
        }
    }

    private static void RequireSame(BoardConnection before, BoardConnection after)
    {
        if (after.Peer.Role != before.Peer.Role || after.Information.CommonCertificateFingerprint != before.Information.CommonCertificateFingerprint || (after.Peer.Role == Role.Device && after.Peer.Fingerprint != before.Peer.Fingerprint))
            throw new ProvisioningException(ErrorCode.WrongBoard, $"{before.Peer} was on the cable, and {after.Peer} answers behind the firmware update.");
    }
}
