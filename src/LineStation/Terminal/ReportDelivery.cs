using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>
/// Brings what stands in the <see cref="Outbox"/> to the terminal, in order per unit. A unit's reports are in the hands of its visit or of the job, never of both:
/// the visit needs the terminal's answer. A report is gone only when the terminal has it, or when it refused it for good and a person knows.
/// </summary>
internal sealed partial class ReportDelivery(
    Outbox outbox, TerminalClient terminal, LineJournal journal, TerminalOptions options, HealthState health, TimeProvider time, ILogger<ReportDelivery> logger)
{
    private const string Condition = "reports";

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TurnPause = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private enum Bearer
    {
        /// <summary>A visit with what it has just stored.</summary>
        Visit,

        /// <summary>A visit with what earlier visits of its unit left.</summary>
        NextVisit,

        /// <summary>Nobody waits.</summary>
        Job,
    }

    /// <summary>How long a worker waits for an answer that needs nobody but the terminal: as long as <see cref="TerminalOptions.HoldTimeout"/>, also where the terminal takes the connection and is silent.</summary>
    public TimeSpan LongestWait => options.HoldTimeout > Shortest ? options.HoldTimeout : Shortest;

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
    public Task DeliverEarlierAsync(MachineNumber number, CancellationToken cancellationToken) => DeliverAsync(number, Bearer.NextVisit, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>For a visit: delivers what it has just stored if the terminal is there, and keeps it where it is not. The board writes meanwhile.</summary>
    /// <exception cref="ProvisioningException">The terminal's refusal for good.</exception>
    public async Task TryDeliverAsync(MachineNumber number, CancellationToken cancellationToken)
    {
        try
        {
            await DeliverAsync(number, Bearer.Visit, Shortest, cancellationToken);
        }
        catch (ProvisioningException later) when (IsKept(later.Code))
        {
            // It goes first when the result is delivered.
        }
    }

    /// <summary>For a visit: delivers the result that it has just stored; tries as long as <see cref="TerminalOptions.HoldTimeout"/> where the terminal is away.</summary>
    /// <remarks>A success is answered by the terminal alone. With a failure it asks the CA for a new certificate (P-18), so the answer may take as long as any.</remarks>
    /// <exception cref="ProvisioningException">The terminal's refusal; with <see cref="ErrorCode.TerminalUnavailable"/> and all else that says nothing about the report it is kept.</exception>
    public async Task<NextStep> DeliverResultAsync(MachineNumber number, bool succeeded, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await DeliverAsync(number, Bearer.Visit, succeeded ? Left(start) : Timeout.InfiniteTimeSpan, cancellationToken)
                    ?? throw new ProvisioningException(ErrorCode.Internal, "The result was not in the outbox.");
            }
            catch (ProvisioningException away) when (away.Code == ErrorCode.TerminalUnavailable)
            {
                if (time.GetElapsedTime(start) >= options.HoldTimeout)
                    throw new ProvisioningException(away.Code, Kept(succeeded), away);
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (ProvisioningException later) when (IsKept(later.Code))
            {
                throw new ProvisioningException(later.Code, $"{Kept(succeeded)} {later.Message}", later);
            }
        }
    }

    /// <summary>For the job: delivers what is left of all units that no visit is at.</summary>
    /// <exception cref="ProvisioningException">Something could not be delivered now and is kept.</exception>
    public async Task DeliverLeftAsync(CancellationToken cancellationToken)
    {
        ProvisioningException? open = null;
        ProvisioningException? unknown = null;
        foreach (var number in outbox.FindNumbers())
        {
            if (!TryTake(number))
                continue;
            try
            {
                await DeliverAsync(number, Bearer.Job, Timeout.InfiniteTimeSpan, cancellationToken);
            }
            catch (ProvisioningException later) when (IsKept(later.Code))
            {
                open ??= later;
                if (IsAboutTheStation(later.Code))
                    unknown ??= later;
                if (later.Code == ErrorCode.TerminalUnavailable)
                    break; // the others would only wait for nothing
            }
            finally
            {
                Release(number);
            }
        }

        Show(unknown);
        if (open is not null)
            throw open;
    }

    /// <summary>A person says that the reports which the terminal refused for good were seen.</summary>
    public async Task EndRefusedAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in outbox.FindRefused())
            await EndAsync(entry, Enum.Parse<ErrorCode>(entry.RefusalCode!), $"A person has seen that the terminal refused the {entry}.", cancellationToken);
        VisitEnded?.Invoke(); // the job looks what is left
    }

    // What says nothing about the report itself: it is as true as before when the terminal is there again.
    private static bool IsKept(ErrorCode code) =>
        code is ErrorCode.TerminalUnavailable or ErrorCode.CaUnavailable or ErrorCode.StorageFull or ErrorCode.Internal || IsAboutTheStation(code);

    // The terminal does not know this station, or what answers in its place is not the terminal. Somebody mends that; a report that was dropped meanwhile would be lost for nothing.
    private static bool IsAboutTheStation(ErrorCode code) => code is ErrorCode.NotAuthorized or ErrorCode.Revoked;

    private static string Kept(bool succeeded) => $"{(succeeded ? "The certificate is written" : "The board failed")}; the result is kept and delivered by itself.";

    private TimeSpan Left(long start)
    {
        var left = LongestWait - time.GetElapsedTime(start);
        return left > Pause ? left : Pause;
    }

    private void Show(ProvisioningException? unknown)
    {
        var refused = outbox.FindRefused();
        if (unknown is not null)
            health.Report(Condition, $"The terminal does not take this station's reports. They are kept and tried again: {unknown.Message}");
        else if (refused is [var first, ..])
            health.Report(Condition, $"The terminal refused {refused.Count} of this line's reports for good, first the {first} of {first.MachineNumber}: {first.Refusal} ({first.RefusalCode}) Scan that unit again, or {CommandBarcode.Acknowledge} when it is settled.");
        else
            health.Clear(Condition);
    }

    /// <returns>The answer to the last result.</returns>
    private async Task<NextStep?> DeliverAsync(MachineNumber number, Bearer bearer, TimeSpan limit, CancellationToken cancellationToken)
    {
        NextStep? next = null;
        foreach (var entry in outbox.Find(number).Where(entry => bearer != Bearer.Job || entry.RefusalCode is null))
        {
            try
            {
                next = await SendAsync(number, entry, limit, cancellationToken);
            }
            catch (ProvisioningException refused) when (!IsKept(refused.Code))
            {
                LogRefused(logger, entry.ToString(), number.ToString(), refused.Code, refused.Message);
                await EndAsync(entry, refused, stays: bearer == Bearer.Job, cancellationToken); // a visit's worker is told by its verdict
                if (bearer == Bearer.Visit)
                    throw;
                continue;
            }

            if (bearer == Bearer.Visit)
                await outbox.RemoveAsync(entry, cancellationToken);
            else
                await EndAsync(entry, null, $"The terminal has the {entry} now.", cancellationToken);
        }

        return next;
    }

    private async Task<NextStep?> SendAsync(MachineNumber number, OutboxEntry entry, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (entry.Kind == OutboxKind.Receipt)
        {
            await terminal.CallAsync<ReportReceiptRequest, ReportReceiptResponse>(StationCall.ReportReceipt, new ReportReceiptRequest(number, entry.Attempt), limit, cancellationToken);
            return null;
        }

        Fingerprint? fingerprint = entry.CertificateFingerprint is { } written ? Fingerprint.Parse(written) : null;
        var response = await terminal.CallAsync<ReportWriteResultRequest, ReportWriteResultResponse>(
            StationCall.ReportResult,
            new ReportWriteResultRequest(number, entry.Attempt, entry.Succeeded, entry.Detail, fingerprint, entry.FirmwareVersion),
            limit,
            cancellationToken);
        return response.Next;
    }

    private Task EndAsync(OutboxEntry entry, ProvisioningException refused, bool stays, CancellationToken cancellationToken) => journal.RecordDurablyAsync(
        new JournalEntry(StationStep.Delivered) { MachineNumber = entry.MachineNumber, Attempt = entry.Attempt, Code = refused.Code, Message = $"The terminal refused the {entry}: {refused.Message}" },
        (connection, transaction) =>
        {
            if (stays)
                Outbox.Refuse(connection, transaction, entry, refused);
            else
                Outbox.Remove(connection, transaction, entry);
        },
        cancellationToken);

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

    [LoggerMessage(325, LogLevel.Warning, "The terminal refused the {Report} of {Unit} for good: {Code} {Reason}")]
    private static partial void LogRefused(ILogger logger, string report, string unit, ErrorCode code, string reason);

    private sealed class Turn(ReportDelivery delivery, MachineNumber number) : IDisposable
    {
        public void Dispose()
        {
            delivery.Release(number);
            delivery.VisitEnded?.Invoke();
        }
    }
}
