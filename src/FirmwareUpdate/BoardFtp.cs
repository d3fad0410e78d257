using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>The bulk's path: sessions on a board's FTP server, logged in with the updating side's name and the one-time password (U-4).</summary>
internal sealed class BoardFtp(UpdateStore store, PasswordSharing sharing, string name, UpdateLimits limits, FtpTimeouts timeouts, TimeProvider time)
{
    private const int NotLoggedIn = 530;
    private const int NotAvailable = 550;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="FtpException">The board does not answer, or not now.</exception>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UpdateFailed"/> where it refuses the password (U-4).</exception>
    public async Task<FtpClient> OpenAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        record = store.Get(record.Id);
        if (record.PasswordState == PasswordState.Sent)
            record = await sharing.ShareAsync(run, record, cancellationToken); // this program ended while it was shared once more
        var ftp = await ConnectAsync(run, record, cancellationToken);
        var password = store.OpenPassword(record.Id)!;
        try
        {
            await ftp.LogInAsync(name, password, cancellationToken);
            if (record.PasswordState != PasswordState.Used)
                await store.NotePasswordAsync(record, PasswordState.Used);
            return ftp;
        }
        catch (FtpException refused) when (refused.Reply is { Code: NotLoggedIn })
        {
            await ftp.DisposeAsync();
            if (await sharing.HasBeenReplacedAsync(run, record, password, cancellationToken))
                throw new ProvisioningException(ErrorCode.BoardUnavailable, "The board has made another one-time password meanwhile.", refused);
            throw new ProvisioningException(ErrorCode.UpdateFailed, "The board refuses the login with the one-time password that was shared with it.", refused);
        }
        catch
        {
            await ftp.DisposeAsync();
            throw;
        }
    }

    /// <summary>The version that runs; null where there is no such application (U-18).</summary>
    public static async Task<string?> ReadVersionAsync(FtpClient ftp, UpdateRecord record, CancellationToken cancellationToken)
    {
        try
        {
            var version = (await ftp.ReadTextAsync(record.VersionPath, cancellationToken)).Trim();
            return FirmwareVersion.IsValid(version) ? version : throw new ProvisioningException(ErrorCode.UpdateFailed, $"The board's version is '{Printable.Shorten(version)}', which is none: expected {FirmwareVersion.Allowed}.");
        }
        catch (FtpException missing) when (missing.Reply is { Code: NotAvailable } && record.Application is not null)
        {
            return null;
        }
    }

    private async Task<FtpClient> ConnectAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        try
        {
            var ftp = await FtpClient.ConnectAsync(run.Device.Ftp, timeouts, time, cancellationToken);
            run.ClosedSince = null;
            return ftp;
        }
        catch (FtpException)
        {
            run.ClosedSince ??= time.GetTimestamp();
            if (time.GetElapsedTime(run.ClosedSince.Value) > limits.ShareAgainAfter)
            {
                try
                {
                    await sharing.ShareAgainAsync(run, record, cancellationToken);
                    run.ClosedSince = null;
                }
                catch (ProvisioningException unreachable) when (StepTries.IsPassing(unreachable))
                {
                    // Neither path answers: it is off, or it restarts.
                }
            }

            throw;
        }
    }
}
