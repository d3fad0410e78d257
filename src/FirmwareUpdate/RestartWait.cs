using ProvisioningStation.FirmwareUpdate.Ftp;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>
/// U-7 and U-8: the board finishes its jobs, installs, and starts again. The control connection over which the image went shows what it waits for, and ends with the reset. The board's notice that it has
/// started wakes this; a lost notice is found by asking, a doubled one says nothing new.
/// </summary>
internal sealed class RestartWait(BoardFtp board, UpdateLimits limits)
{
    /// <summary>Returns when the board has started again with what it will run; how long it may take is the caller's.</summary>
    public async Task<bool> WaitAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        if (run.Session is { } session)
            await FollowAsync(run, record, session, cancellationToken);
        while (true)
        {
            try
            {
                var ftp = await board.OpenAsync(run, record, cancellationToken);
                if (!(await AskAsync(ftp, cancellationToken)).IsUnderWay)
                    return true;
                await FollowAsync(run, record, ftp, cancellationToken);
            }
            catch (Exception away) when (StepTries.IsPassing(away))
            {
                run.Show(record, "restarting", isAway: true);
            }

            await run.PauseAsync(limits.LookEvery, cancellationToken);
        }
    }

    private static async Task<BoardInstall> AskAsync(FtpClient ftp, CancellationToken cancellationToken)
    {
        var keeps = false;
        try
        {
            var install = await BoardInstall.AskAsync(ftp, cancellationToken);
            keeps = install.IsUnderWay;
            return install;
        }
        finally
        {
            if (!keeps)
                await ftp.DisposeAsync();
        }
    }

    /// <summary>Shows what the board does until the connection ends, or the board says that it gave up.</summary>
    private async Task FollowAsync(UpdateRun run, UpdateRecord record, FtpClient ftp, CancellationToken cancellationToken)
    {
        await using var session = ftp;
        try
        {
            while (await BoardInstall.AskAsync(ftp, cancellationToken) is { HasFailed: false } install)
            {
                run.Show(record, install.ToString());
                await run.PauseAsync(limits.LookEvery, cancellationToken);
            }
        }
        catch (FtpException)
        {
            run.Show(record, "restarting", isAway: true); // the reset has ended the connection
        }
    }
}
