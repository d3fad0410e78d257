using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>
/// Brings what stands in the <see cref="Outbox"/> to the terminal, in order per unit. A unit's reports are in the hands of its visit or of the job, never of both:
/// the visit needs the terminal's answer.
/// </summary>
internal sealed class ReportDelivery(Outbox outbox, TerminalClient terminal, LineJournal journal, TerminalOptions options, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TurnPause = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>A visit is over: what it left may be delivered now.</summary>
    public Action? VisitEnded { get; set; }

    /// <summary>Takes the unit's reports for a visit, until the result is disposed.</summary>
    public async Task<IDisposable> TakeAsync(MachineNumber number, CancellationToken cancellationToken)
    {
        while (!TryTake(number))
            await Task.Delay(TurnPause, time, cancellationToken); // the job waits for the terminal's answer to this unit's report
        return new Turn(this, number);
    }

    /// <summary>For a visit: delivers what earlier visits of this unit left. What the terminal refuses for good is ended.</summary>
    /// <exception cref="ProvisioningException">Something could not be delivered now and is kept.</exception>
    public Task DeliverEarlierAsync(MachineNumber number, CancellationToken cancellationToken) => DeliverAsync(number, isOwn: false, cancellationToken);

    /// <summary>For a visit: delivers what it has just stored if the terminal is there, and keeps it where it is not.</summary>
    /// <exception cref="ProvisioningException">The terminal's refusal for good.</exception>
    public async Task TryDeliverAsync(MachineNumber number, CancellationToken cancellationToken)
    {
        try
        {
            await DeliverAsync(number, isOwn: true, cancellationToken);
        }
        catch (ProvisioningException later) when (MayPass(later.Code))
        {
            // It goes first when the result is delivered.
        }
    }

    /// <summary>For a visit: delivers the result that it has just stored; tries as long as <see cref="TerminalOptions.HoldTimeout"/> where the terminal is away.</summary>
    /// <exception cref="ProvisioningException">The terminal's refusal, or <see cref="ErrorCode.TerminalUnavailable"/>: then it is kept.</exception>
    public async Task<NextStep> DeliverResultAsync(MachineNumber number, bool succeeded, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await DeliverAsync(number, isOwn: true, cancellationToken)
                    ?? throw new ProvisioningException(ErrorCode.Internal, "The result was not in the outbox.");
            }
            catch (ProvisioningException away) when (away.Code == ErrorCode.TerminalUnavailable)
            {
                if (time.GetElapsedTime(start) >= options.HoldTimeout)
                    throw new ProvisioningException(away.Code, $"{(succeeded ? "The certificate is written" : "The board failed")}; the result is kept and delivered by itself.", away);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <summary>For the job: delivers what is left of all units that no visit is at.</summary>
    /// <exception cref="ProvisioningException">Something could not be delivered now and is kept.</exception>
    public async Task DeliverLeftAsync(CancellationToken cancellationToken)
    {
        ProvisioningException? open = null;
        foreach (var number in outbox.FindNumbers())
        {
            if (!TryTake(number))
                continue;
            try
            {
                await DeliverAsync(number, isOwn: false, cancellationToken);
            }
            catch (ProvisioningException later) when (MayPass(later.Code))
            {
                open ??= later;
                if (later.Code == ErrorCode.TerminalUnavailable)
                    break; // the others would only wait for nothing
            }
            finally
            {
                Release(number);
            }
        }

        if (open is not null)
            throw open;
    }

    private static bool MayPass(ErrorCode code) => code is ErrorCode.TerminalUnavailable or ErrorCode.CaUnavailable or ErrorCode.StorageFull or ErrorCode.Internal;

    /// <returns>The answer to the last result.</returns>
    private async Task<NextStep?> DeliverAsync(MachineNumber number, bool isOwn, CancellationToken cancellationToken)
    {
        NextStep? next = null;
        foreach (var entry in outbox.Find(number))
        {
            try
            {
                next = await SendAsync(number, entry, cancellationToken);
            }
            catch (ProvisioningException refused) when (!MayPass(refused.Code))
            {
                await EndAsync(entry, refused.Code, refused.Message, cancellationToken);
                if (isOwn)
                    throw;
                continue;
            }

            if (isOwn)
                await outbox.RemoveAsync(entry, cancellationToken);
            else
                await EndAsync(entry, null, $"The terminal has the {(entry.Kind == OutboxKind.Receipt ? "receipt" : "result")} of attempt {entry.Attempt} now.", cancellationToken);
        }

        return next;
    }

    private async Task<NextStep?> SendAsync(MachineNumber number, OutboxEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Kind == OutboxKind.Receipt)
        {
            await terminal.CallAsync<ReportReceiptRequest, ReportReceiptResponse>(StationCall.ReportReceipt, new ReportReceiptRequest(number, entry.Attempt), cancellationToken);
            return null;
        }

        Fingerprint? fingerprint = entry.CertificateFingerprint is { } written ? Fingerprint.Parse(written) : null;
        var response = await terminal.CallAsync<ReportWriteResultRequest, ReportWriteResultResponse>(
            StationCall.ReportResult,
            new ReportWriteResultRequest(number, entry.Attempt, entry.Succeeded, entry.Detail, fingerprint, entry.FirmwareVersion),
            cancellationToken);
        return response.Next;
    }

    private Task EndAsync(OutboxEntry entry, ErrorCode? code, string message, CancellationToken cancellationToken) => journal.RecordDurablyAsync(
        new JournalEntry(StationStep.Delivered) { MachineNumber = entry.MachineNumber, Attempt = entry.Attempt, Code = code, Message = message },
        (connection, transaction) => Outbox.Remove(connection, transaction, entry),
        cancellationToken);

    private bool TryTake(MachineNumber number)
    {
        lock (_gate)
            return _taken.Add(number.ToString());
    }

    private void Release(MachineNumber number)
    {
        lock (_gate)
            _taken.Remove(number.ToString());
    }

    private sealed class Turn(ReportDelivery delivery, MachineNumber number) : IDisposable
    {
        public void Dispose()
        {
            delivery.Release(number);
            delivery.VisitEnded?.Invoke();
        }
    }
}
