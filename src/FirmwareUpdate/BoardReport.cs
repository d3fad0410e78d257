using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>U-11: the board is told how an update ended, where it asked for it (U-14, U-15), or is to erase its password (U-16). Told twice it is told once, unless it is to erase.</summary>
internal sealed partial class BoardReport(UpdateStore store, BoardTls tls, ILogger logger)
{
    /// <summary>Tells it, and stores that it was told.</summary>
    /// <exception cref="ProvisioningException">It did not take it.</exception>
    public async Task<UpdateRecord> TellAsync(UpdateDevice device, UpdateRecord record, CancellationToken cancellationToken)
    {
        var result = new NotifyUpdateResultRequest(record.HasSucceeded, record.VersionRead ?? record.VersionBefore ?? string.Empty);
        await tls.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(device, result, cancellationToken);
        KillPoint.Reached(FirmwareUpdateKillPoints.AfterBoardTold);
        return await store.NoteBoardToldAsync(record);
    }

    /// <summary>
    /// One try to tell a board that asked and was not told yet (<see cref="UpdateRecord.OwesBoard"/>). One that refuses has heard it, or never will. The message does not say which update it is about, and of a
    /// success a board may erase whatever password it has: so a success waits while it has another update's.
    /// </summary>
    /// <exception cref="ProvisioningException">It did not answer, is busy, or is being updated again: it is to be tried again.</exception>
    public async Task<UpdateRecord> TellWhoAskedAsync(UpdateDevice device, UpdateRecord record, CancellationToken cancellationToken)
    {
        if (record.HasSucceeded && (store.FindUnderWay(record.Device) ?? store.FindHeld(record.Device, except: record.Id)) is { } other)
            throw new ProvisioningException(ErrorCode.Conflict, $"The update {other.Id} of the same board is not at its end.");
        try
        {
            return await TellAsync(device, record, cancellationToken);
        }
        catch (ProvisioningException refused) when (refused is { SaidByPeer: true, Code: not ErrorCode.BoardBusy })
        {
            LogRefused(logger, record.Device, record.Id, refused.Code, refused.Message);
            return await store.NoteBoardToldAsync(record);
        }
    }

    [LoggerMessage(901, LogLevel.Warning, "{Device} asked for update {Id} and refuses to hear how it ended: {Code} {Reason}")]
    private static partial void LogRefused(ILogger logger, string device, Guid id, ErrorCode code, string reason);
}
