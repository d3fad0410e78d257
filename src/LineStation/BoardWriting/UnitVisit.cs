using System.Data.Common;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>One unit at the line, from its scan to its verdict; writes the journal's rows.</summary>
internal sealed class UnitVisit(MachineNumber number, Scan scan, LineOptions line, LineJournal journal, MonotonicClock clock)
{
    private static readonly StationStep[] Always =
        [StationStep.Identify, StationStep.Fetch, StationStep.Write, StationStep.Verify, StationStep.Report, StationStep.Initialize, StationStep.Prove];

    private readonly StationStep[] _steps = line.Does(LineStep.UpdateFirmware) ? [Always[0], StationStep.UpdateFirmware, .. Always[1..]] : Always;

    /// <summary>Whose plate was scanned.</summary>
    public MachineNumber Number => number;

    /// <summary>The terminal's attempt, 0 before it named one.</summary>
    public int Attempt { get; set; }

    /// <summary>Stores that <paramref name="step"/> is about to be done. That a pack is sent survives even a power cut: no second board may ever get it.</summary>
    public Task BeginAsync(StationStep step, CancellationToken cancellationToken) => step == StationStep.Write
        ? journal.RecordDurablyAsync(Entry(step), null, cancellationToken)
        : journal.RecordAsync(Entry(step), cancellationToken);

    /// <summary>Stores that <paramref name="step"/> is about to be done, in words.</summary>
    public Task BeginAsync(StationStep step, string message, CancellationToken cancellationToken) => journal.RecordAsync(Entry(step) with { Message = message }, cancellationToken);

    /// <summary>Stores what became known at <paramref name="step"/>; it begins nothing.</summary>
    public Task NoteAsync(StationStep step, string message, CancellationToken cancellationToken) =>
        journal.RecordAsync(Entry(step) with { Message = message, StepNumber = 0, StepCount = 0 }, cancellationToken);

    /// <summary>Stores that <paramref name="step"/> is about to be done, together with the report that the terminal is owed from now on; both survive a power cut.</summary>
    public Task BeginAsync(StationStep step, OutboxEntry report, CancellationToken cancellationToken) =>
        journal.RecordDurablyAsync(Entry(step), (connection, transaction) => Outbox.Add(connection, transaction, report), cancellationToken);

    /// <summary>Stores the verdict, and <paramref name="together"/> with it what is owed from then on.</summary>
    public Task EndAsync(UnitVerdict verdict, Action<DbConnection, DbTransaction>? together, CancellationToken cancellationToken)
    {
        var entry = Entry(StationStep.Done) with
        {
            Verdict = verdict.Verdict,
            Code = verdict.Code,
            Message = verdict.Message,
            CertificateFingerprint = verdict.CertificateFingerprint,
        };
        return together is null ? journal.RecordAsync(entry, cancellationToken) : journal.RecordDurablyAsync(entry, together, cancellationToken);
    }

    /// <summary>A row about this unit.</summary>
    public JournalEntry Entry(StationStep step) => new(step)
    {
        MachineNumber = number.ToString(),
        Attempt = Attempt,
        Since = clock.Now - scan.At,
        StepNumber = Array.IndexOf(_steps, step) + 1,
        StepCount = _steps.Length,
        Source = scan.Source,
    };
}
