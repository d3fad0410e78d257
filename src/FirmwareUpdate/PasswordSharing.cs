using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>U-2 and U-3: the one-time password is made, stored, and shared with the board over TLS. In U-13 the board makes it, and sends it.</summary>
internal sealed class PasswordSharing(UpdateStore store, BoardTls tls, string name, UpdateLimits limits, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Shares one; every part may be repeated.</summary>
    public async Task<UpdateRecord> ShareAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        if (record.PasswordState == PasswordState.None)
        {
            KillPoint.Reached(FirmwareUpdateKillPoints.BeforePasswordStored);
            record = await StoreNewAsync(run, record);
            KillPoint.Reached(FirmwareUpdateKillPoints.AfterPasswordStored);
        }

        return record.PasswordState == PasswordState.Sent ? await SendAsync(run, record, cancellationToken) : record;
    }

    /// <summary>Shares it once more, with a board whose time limit for it is over (U-23) or that counted too many wrong logins: its port opens again.</summary>
    public async Task<UpdateRecord> ShareAgainAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        var isUsed = record.PasswordState == PasswordState.Used && run.Device.Policy.PasswordBy == UpdateSide.UpdatingSide;
        record = await SendAsync(run, record, cancellationToken);
        return isUsed ? await store.NotePasswordAsync(record, PasswordState.Used) : record;
    }

    private Task<UpdateRecord> StoreNewAsync(UpdateRun run, UpdateRecord record) =>
        store.StorePasswordAsync(record, run.Device.Policy.PasswordBy == UpdateSide.Board ? null : OneTimePassword.Create(), PasswordState.Sent);

    private async Task<UpdateRecord> SendAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        if (run.Device.Policy.PasswordBy == UpdateSide.Board)
        {
            if (record.PasswordState != PasswordState.Sent)
                record = await store.StorePasswordAsync(record, null, PasswordState.Sent); // else this program ended when it had asked, and what it asked for may just have come
            await tls.CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(run.Device, new CreateUpdatePasswordRequest(name), cancellationToken);
            KillPoint.Reached(FirmwareUpdateKillPoints.AfterBoardAsked);
            record = await AwaitBoardAsync(run, record, now => now.PasswordState == PasswordState.Shared, cancellationToken);
            KillPoint.Reached(FirmwareUpdateKillPoints.AfterPasswordSent);
            return record;
        }

        await tls.CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(run.Device, new StoreUpdatePasswordRequest(name, store.OpenPassword(record.Id)!), cancellationToken);
        KillPoint.Reached(FirmwareUpdateKillPoints.AfterPasswordSent);
        return await store.NotePasswordAsync(record, PasswordState.Shared);
    }

    /// <summary>
    /// Waits for another password than <paramref name="refused"/>, which the board has refused: it was asked for one twice, because this program ended meanwhile, the first one came, and the second is on its way.
    /// </summary>
    /// <returns>False where none comes, or who makes the passwords is not the board.</returns>
    public async Task<bool> HasBeenReplacedAsync(UpdateRun run, UpdateRecord record, string refused, CancellationToken cancellationToken)
    {
        if (run.Device.Policy.PasswordBy != UpdateSide.Board || record.PasswordState != PasswordState.Shared)
            return false;
        try
        {
            await AwaitBoardAsync(run, record, now => store.OpenPassword(now.Id) != refused, cancellationToken);
            return true;
        }
        catch (ProvisioningException none) when (none.Code == ErrorCode.BoardUnavailable)
        {
            return false;
        }
    }

    /// <summary>Waits until the board has sent what it was asked to send, and it is stored.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardUnavailable"/> where it does not.</exception>
    public async Task<UpdateRecord> AwaitBoardAsync(UpdateRun run, UpdateRecord record, Func<UpdateRecord, bool> hasCome, CancellationToken cancellationToken)
    {
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < limits.BoardPasswordWithin;)
        {
            if (store.Get(record.Id) is var now && hasCome(now))
                return now;
            await run.PauseAsync(LookEvery, cancellationToken);
        }

        throw new ProvisioningException(ErrorCode.BoardUnavailable, $"The board was asked for a password and did not send one within {limits.BoardPasswordWithin}. It needs the address of this gateway.");
    }
}
