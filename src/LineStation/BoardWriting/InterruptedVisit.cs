using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>A visit that the station's end cut off gets its verdict at the next start, so that the worker is told what to do with the unit. It claims nothing about the write.</summary>
internal sealed class InterruptedVisit(BoardCable cable, LineJournal journal)
{
    /// <summary>Looks at the cable, then stores the verdict.</summary>
    public async Task EndAsync(StationEvent cutOff, CancellationToken cancellationToken)
    {
        var verdict = UnitVerdict.Refused(new ProvisioningException(ErrorCode.Interrupted, "The station ended in the middle of this unit."));
        await journal.RecordAsync(
            new JournalEntry(StationStep.Done)
            {
                MachineNumber = cutOff.MachineNumber,
                Verdict = verdict.Verdict,
                Code = verdict.Code,
                Message = await FindMissingAsync(cancellationToken) is { } missing ? $"{verdict.Message} {missing}" : verdict.Message,
                Attempt = cutOff.Attempt,
            },
            cancellationToken);
    }

    private async Task<string?> FindMissingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await cable.LookAsync(cancellationToken);
            return null;
        }
        catch (ProvisioningException missing)
        {
            return missing.Message;
        }
    }
}
