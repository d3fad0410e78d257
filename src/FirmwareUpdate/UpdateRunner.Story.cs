using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <content>The story of one update, U-2 to U-12.</content>
public sealed partial class UpdateRunner
{
    /// <summary>One step on from where it is stored to be. Each has its time; each is stored before the next one acts.</summary>
    private Task<UpdateRecord> AdvanceAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken) => record.State switch
    {
        UpdateState.Requested => SharePasswordAsync(run, record, cancellationToken),          // 1. U-2, U-3: make a password, and share it over TLS
        UpdateState.PasswordShared => ReadVersionAsync(run, record, cancellationToken),       // 2. U-4: ask the version over FTP
        UpdateState.VersionRead => DecideAsync(record),                                       // 3. U-5: the same? nothing to send
        UpdateState.Sending => SendAsync(run, record, cancellationToken),                     // 4. U-6, U-22: send, or go on sending
        UpdateState.Sent => AwaitRestartAsync(run, record, cancellationToken),                // 5. U-7, U-8: it installs and starts again
        UpdateState.Restarted => VerifyAsync(run, record, cancellationToken),                 // 6. U-9: only the version that is read back decides
        _ => throw new InvalidOperationException($"An update that is {record.State} has its outcome."),
    };

    private Task<UpdateRecord> SharePasswordAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken) => _tries.RunAsync(
        run,
        record,
        _limits.ShareWithin,
        "Sharing a one-time password with the board",
        async stop =>
        {
            var held = _store.FindHeld(record.Device, except: record.Id);
            if (held is not null && await TakeOverAsync(run, held, record, stop) is { } goesOn)
                return goesOn;
            await _sharing.ShareAsync(run, _store.Get(record.Id), stop);
            return await MoveAsync(record, UpdateState.PasswordShared, after: FirmwareUpdateKillPoints.AfterPasswordShared);
        },
        (pause, stop) => RestWithoutPlaceAsync(run, pause, stop),
        cancellationToken);

    /// <summary>
    /// U-12: an update that failed left its password with the board. Where TLS works it is erased now; where only FTP answers, as on a board that has nothing left but its small updater, this update goes on with it.
    /// </summary>
    private async Task<UpdateRecord?> TakeOverAsync(UpdateRun run, UpdateRecord held, UpdateRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await EraseOnceAsync(run, held, 0, cancellationToken);
            return null;
        }
        catch (ProvisioningException silent) when (silent.Code == ErrorCode.BoardUnavailable && run.RefusedHeld != held.Id && _store.OpenPassword(held.Id) is { } password)
        {
            await using var ftp = await FtpClient.ConnectAsync(run.Device.Ftp, _side.FtpTimeouts, _time, cancellationToken);
            try
            {
                await ftp.LogInAsync(_side.Name, password, cancellationToken);
            }
            catch (FtpException refused) when (refused.Reply is { Code: >= 500 })
            {
                run.RefusedHeld = held.Id;
                throw new ProvisioningException(ErrorCode.BoardUnavailable, $"{silent.Message} Over FTP it refuses the password of the update before.", refused);
            }

            return await _store.TakeOverAsync(held, record);
        }
    }

    private Task<UpdateRecord> ReadVersionAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken) => _tries.RunAsync(
        run,
        record,
        _limits.ReadVersionWithin,
        "Reading the board's version",
        async stop =>
        {
            await using var ftp = await _board.OpenAsync(run, record, stop);
            var version = await BoardFtp.ReadVersionAsync(ftp, record, stop);
            await QuitAsync(ftp, stop);
            KillPoint.Reached(FirmwareUpdateKillPoints.BeforeVersionNoted);
            return await MoveAsync(record, UpdateState.VersionRead, after: FirmwareUpdateKillPoints.AfterVersionNoted, versionBefore: version);
        },
        null,
        cancellationToken);

    private Task<UpdateRecord> DecideAsync(UpdateRecord record) => record.VersionBefore == record.Version
        ? _store.MoveAsync(record, UpdateState.NotNeeded, $"It runs {record.Version} already.", versionRead: record.VersionBefore)
        : MoveAsync(record, UpdateState.Sending, after: FirmwareUpdateKillPoints.AfterSendingNoted);

    private Task<UpdateRecord> SendAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken) => _tries.RunAsync(
        run,
        record,
        _limits.SendWithin,
        "Sending the image",
        async stop =>
        {
            run.Session = await _sending.SendAsync(run, record, stop);
            KillPoint.Reached(FirmwareUpdateKillPoints.BeforeSentNoted);
            return await MoveAsync(record, UpdateState.Sent, after: FirmwareUpdateKillPoints.AfterSentNoted);
        },
        null,
        cancellationToken);

    private async Task<UpdateRecord> AwaitRestartAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        await _tries.RunAsync(run, record, _limits.RestartWithin, "The board's restart", stop => _restart.WaitAsync(run, record, stop), null, cancellationToken);
        KillPoint.Reached(FirmwareUpdateKillPoints.BeforeRestartNoted);
        return await MoveAsync(record, UpdateState.Restarted, after: FirmwareUpdateKillPoints.AfterRestartNoted);
    }

    private Task<UpdateRecord> VerifyAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken) => _tries.RunAsync(
        run,
        record,
        _limits.VerifyWithin,
        "Reading the board's version back",
        async stop =>
        {
            await using var ftp = await _board.OpenAsync(run, record, stop);
            var version = await BoardFtp.ReadVersionAsync(ftp, record, stop);
            var install = version == record.Version ? null : await BoardInstall.AskAsync(ftp, stop);
            await QuitAsync(ftp, stop);
            if (install is null)
            {
                KillPoint.Reached(FirmwareUpdateKillPoints.BeforeVerifiedNoted);
                return await MoveAsync(record, UpdateState.Verified, after: FirmwareUpdateKillPoints.AfterVerifiedNoted, versionRead: version);
            }

            return record.Sends <= _limits.SendAgain
                ? await _store.MoveAsync(record, UpdateState.Sending, versionRead: version)
                : await _store.MoveAsync(record, UpdateState.Failed, WhyWrong(record, version, install), versionRead: version, code: ErrorCode.UpdateFailed);
        },
        null,
        cancellationToken);

    private static string WhyWrong(UpdateRecord record, string? version, BoardInstall install)
    {
        var reason = install.Detail is { } detail ? $": {detail}" : string.Empty;
        return version == record.VersionBefore
            ? $"failed: fell back to {version ?? "having no such application"}{reason}"
            : $"failed: the board came up with {version ?? "no such application"}, not with {record.Version}{reason}";
    }

    /// <summary>7. U-10, U-12: the board is told to forget the password, for as long as it takes. 8. U-11: whoever asked is told; of a failure at once, whatever the board does.</summary>
    private async Task<UpdateRecord> FinishAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        var pause = _limits.FirstPause;
        for (var tries = 0; record.State != UpdateState.Reported; tries++)
        {
            record = await TryEraseAsync(run, record, tries, cancellationToken) ?? _store.Get(record.Id);
            if (record.State == UpdateState.PasswordErased || !record.HasSucceeded)
                record = await TryReportAsync(run, record, cancellationToken);
            if (record is { State: UpdateState.PasswordErased, IsReported: true, OwesBoard: false })
            {
                KillPoint.Reached(FirmwareUpdateKillPoints.BeforeReportedNoted);
                record = await MoveAsync(record, UpdateState.Reported, after: FirmwareUpdateKillPoints.AfterReportedNoted);
                run.Show(record, record.Detail);
                LogState(_logger, record.Device, record.Id, record.State, record.Detail ?? string.Empty);
                return record;
            }

            await run.PauseAsync(pause, cancellationToken);
            pause = pause * 2 < _limits.LongestPauseAtTheEnd ? pause * 2 : _limits.LongestPauseAtTheEnd;
        }

        return record;
    }

    /// <summary>One try to erase; null where it did not succeed.</summary>
    private async Task<UpdateRecord?> TryEraseAsync(UpdateRun run, UpdateRecord record, int tries, CancellationToken cancellationToken)
    {
        var turn = _devices.GetOrAdd(run.Device.Key, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            record = _store.Get(record.Id); // a newer update may have taken the password over
            return record.State is UpdateState.PasswordErased or UpdateState.Reported ? record : await EraseOnceAsync(run, record, tries, cancellationToken);
        }
        catch (ProvisioningException later)
        {
            run.Show(record, $"{record.Detail} The one-time password could not be erased yet: {later.Message}".TrimStart());
            return null;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<UpdateRecord> EraseOnceAsync(UpdateRun run, UpdateRecord record, int tries, CancellationToken cancellationToken)
    {
        await _erasing.EraseAsync(run, record, tries, cancellationToken);
        KillPoint.Reached(FirmwareUpdateKillPoints.BeforeErasedNoted);
        return await MoveAsync(record, UpdateState.PasswordErased, after: FirmwareUpdateKillPoints.AfterErasedNoted);
    }

    /// <summary>One try to tell each whom it concerns and who was not told yet: neither waits for the other.</summary>
    private async Task<UpdateRecord> TryReportAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        var late = string.Empty;
        try
        {
            if (!record.IsReported)
            {
                await _side.ReportAsync(record, cancellationToken);
                if (record.StartedByBoard)
                    KillPoint.Reached(FirmwareUpdateKillPoints.AfterCenterTold);
                record = await _store.NoteReportedAsync(record);
            }
        }
        catch (ProvisioningException later)
        {
            late = $" The result could not be reported yet: {later.Message}";
        }

        try
        {
            if (record.OwesBoard)
                record = await TellBoardAsync(run, record, cancellationToken);
        }
        catch (ProvisioningException later)
        {
            late += $" The board could not be told yet: {later.Message}";
        }

        if (late.Length > 0)
            run.Show(record, $"{record.Detail}{late}".TrimStart());
        return record;
    }

    /// <summary>In its turn: no other update of the board begins meanwhile.</summary>
    private async Task<UpdateRecord> TellBoardAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        var turn = _devices.GetOrAdd(run.Device.Key, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            record = _store.Get(record.Id); // a later one may have been told in its place
            return record.OwesBoard ? await _boardReport.TellWhoAskedAsync(run.Device, record, cancellationToken) : record;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<UpdateRecord> MoveAsync(UpdateRecord record, UpdateState next, string after, string? versionBefore = null, string? versionRead = null)
    {
        var moved = await _store.MoveAsync(record, next, versionBefore: versionBefore, versionRead: versionRead);
        KillPoint.Reached(after);
        return moved;
    }

    /// <summary>A device that does not answer yet keeps no other from being worked on.</summary>
    private async Task RestWithoutPlaceAsync(UpdateRun run, TimeSpan pause, CancellationToken cancellationToken)
    {
        LeavePlace(run);
        await run.PauseAsync(pause, cancellationToken);
        await TakePlaceAsync(run, cancellationToken);
    }

    private static async Task QuitAsync(FtpClient ftp, CancellationToken cancellationToken)
    {
        try
        {
            await ftp.QuitAsync(cancellationToken);
        }
        catch (FtpException)
        {
            // What was wanted has come; the connection is closed either way.
        }
    }
}
