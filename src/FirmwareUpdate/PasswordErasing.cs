using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>U-10: after this nobody logs in to the board with the one-time password. Every try may be repeated.</summary>
internal sealed class PasswordErasing(UpdateStore store, BoardTls tls, PasswordSharing sharing, BoardReport report, string name)
{
    private const int TriesOfBoard = 5;

    /// <summary>One try.</summary>
    /// <param name="run">Whose password.</param>
    /// <param name="record">An update that has ended.</param>
    /// <param name="tries">How many tries there were before: a board that does not erase by itself (U-16) is not asked for ever.</param>
    /// <param name="cancellationToken">Ends the try.</param>
    /// <exception cref="ProvisioningException">It could not be erased now.</exception>
    public async Task EraseAsync(UpdateRun run, UpdateRecord record, int tries, CancellationToken cancellationToken)
    {
        if (record.PasswordState is PasswordState.None or PasswordState.Erased)
            return;
        var policy = run.Device.Policy;
        var isTheBoards = policy.EraseBy == UpdateSide.Board && record.HasSucceeded;
        try
        {
            if (isTheBoards && tries < TriesOfBoard)
                await LetBoardEraseAsync(run, record, cancellationToken);
            else if (!isTheBoards && policy.Erase == EraseMethod.Overwrite && record.PasswordState == PasswordState.Used)
                await OverwriteAsync(run, record, cancellationToken);
            else // also behind a board that has perhaps erased it without our hearing of it
                await tls.CallAsync<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(run.Device, new ForbidUpdatePasswordRequest(name), cancellationToken); // one that was never used can't be overwritten: the board would take the new one for the next login
        }
        catch (ProvisioningException taken) when (taken is { SaidByPeer: true, Code: ErrorCode.Conflict } && policy.EraseBy == UpdateSide.UpdatingSide)
        {
            // Somebody else's password is there: with it ours went.
        }
    }

    private async Task OverwriteAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        if (store.OpenErasePassword(record.Id) is null)
            await store.StoreErasePasswordAsync(record, OneTimePassword.Create()); // the same one at every try: another one would arm the board again
        KillPoint.Reached(FirmwareUpdateKillPoints.AfterErasePasswordStored);
        await tls.CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(run.Device, new StoreUpdatePasswordRequest(name, store.OpenErasePassword(record.Id)!), cancellationToken);
    }

    private async Task LetBoardEraseAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        await report.TellAsync(run.Device, record, cancellationToken);
        await sharing.AwaitBoardAsync(run, record, now => now.PasswordState == PasswordState.Erased, cancellationToken);
    }
}
