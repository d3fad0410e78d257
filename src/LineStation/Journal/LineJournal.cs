using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Workers;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>
/// What this station does, each step on the disk before it is done. The last thousand rows are kept in memory as events for whoever watches the line;
/// a restart reads them back, so sequence numbers go on, the last verdict stays visible, and so does who is signed in.
/// </summary>
internal sealed class LineJournal(Database database, LineOptions line, SignedInWorker worker, TimeProvider time) : IDisposable
{
    private const int Kept = 1000;
    private const int KeptOnDisk = 200_000;
    private const int ForgottenAtOnce = 10_000;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _recording = new(1, 1);
    private readonly Queue<StationEvent> _recent = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;
    private StationEvent? _held;
    private string? _perhapsUnseen;

    /// <summary>The Fail or Blocked verdict that nobody has acknowledged yet; scans that are no machine number leave it standing.</summary>
    public StationEvent? Held
    {
        get
        {
            lock (_gate)
                return _held;
        }
    }

    /// <summary>The last row of the visit that the run before this one did not end.</summary>
    public StationEvent? CutOff { get; private set; }

    /// <summary>Reads back what a run before this one left, and forgets what is too old.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await ForgetAsync(cancellationToken);
        foreach (var row in database.Read(ReadRecent))
            Show(row.ToEvent(line.Name));
        if (_recent.LastOrDefault() is not { } last)
            return;
        _last = last.Sequence;
        _perhapsUnseen = _recent.LastOrDefault(happened => happened.Step is not (StationStep.Delivered or StationStep.PrintCheckSheet)) is { Verdict: Verdict.Pass } passed ? passed.MachineNumber : null;
        if (_recent.LastOrDefault(happened => happened.Step is StationStep.Scanned or StationStep.Done) is { Step: StationStep.Scanned, MachineNumber: { } number })
            CutOff = _recent.Last(happened => happened.MachineNumber == number && happened.Step is not (StationStep.Delivered or StationStep.PrintCheckSheet));
        worker.Restore(last);
    }

    /// <summary>Stores a row, then shows it. It survives the end of this program; a power cut may take it.</summary>
    public Task RecordAsync(JournalEntry entry, CancellationToken cancellationToken) => RecordAsync(entry, Durability.Kill, null, cancellationToken);

    /// <summary>As <see cref="RecordAsync(JournalEntry, CancellationToken)"/>, with <paramref name="together"/> in the same transaction; both are on the disk when this returns.</summary>
    public Task RecordDurablyAsync(JournalEntry entry, Action<DbConnection, DbTransaction>? together, CancellationToken cancellationToken) =>
        RecordAsync(entry, Durability.PowerCut, together, cancellationToken);

    /// <summary>Notes that the held verdict was seen by a person: it need not be shown any more.</summary>
    /// <param name="sequence">The verdict that the person saw, where that is known: another one, which came meanwhile, stays.</param>
    /// <param name="source">From where.</param>
    /// <param name="cancellationToken">Ends the wait for others that record.</param>
    /// <returns>Whether it was still to be acknowledged.</returns>
    public async Task<bool> AcknowledgeAsync(long? sequence, ScanSource source, CancellationToken cancellationToken)
    {
        await _recording.WaitAsync(cancellationToken);
        try
        {
            if (Held is not { } held || (sequence is not null && sequence != held.Sequence))
                return false;
            var entry = new JournalEntry(StationStep.Acknowledged) { MachineNumber = held.MachineNumber, Code = held.Code, Attempt = held.Attempt, Source = source };
            await AppendAsync(entry, Durability.Kill, null, cancellationToken);
            return true;
        }
        finally
        {
            _recording.Release();
        }
    }

    /// <summary>The kept events behind <paramref name="sequence"/>; waits for the first one as long as <paramref name="wait"/>.</summary>
    public async Task<IReadOnlyList<StationEvent>> GetAfterAsync(long sequence, TimeSpan wait, CancellationToken cancellationToken)
    {
        var until = Task.Delay(wait, time, cancellationToken);
        while (true)
        {
            Task more;
            List<StationEvent> found;
            lock (_gate)
            {
                found = [.. _recent.Where(happened => happened.Sequence > sequence)];
                more = _more.Task;
            }

            if (found.Count > 0 || await Task.WhenAny(more, until) == until)
                return found;
        }
    }

    /// <summary>
    /// Whether this station began to write <paramref name="number"/> and never got to its Pass, or ended right after that Pass so that perhaps nobody saw it:
    /// then finishing it is its business.
    /// </summary>
    public bool HasUnfinished(MachineNumber number) => _perhapsUnseen == number.ToString() || database.Read(connection => connection.QuerySingle<bool>(
        """
        SELECT CASE WHEN EXISTS (SELECT 1 FROM journal WHERE machine_number = @number AND attempt > 0)
                     AND NOT EXISTS (SELECT 1 FROM journal WHERE machine_number = @number AND verdict = 'Pass') THEN 1 ELSE 0 END
        """,
        new { number = number.ToString() }));

    /// <summary>Whether an earlier visit was about to send, or sent, the pack of this attempt to a board.</summary>
    public bool WasSent(MachineNumber number, int attempt) => database.Read(connection => connection.QuerySingle<bool>(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM journal WHERE machine_number = @number AND attempt = @attempt AND step = @step) THEN 1 ELSE 0 END",
        new { number = number.ToString(), attempt, step = nameof(StationStep.Write) }));

    /// <inheritdoc/>
    public void Dispose() => _recording.Dispose();

    private async Task RecordAsync(JournalEntry entry, Durability durability, Action<DbConnection, DbTransaction>? together, CancellationToken cancellationToken)
    {
        await _recording.WaitAsync(cancellationToken);
        try
        {
            await AppendAsync(entry, durability, together, cancellationToken);
        }
        finally
        {
            _recording.Release();
        }
    }

    /// <summary>As whoever holds the right to record.</summary>
    private async Task AppendAsync(JournalEntry entry, Durability durability, Action<DbConnection, DbTransaction>? together, CancellationToken cancellationToken)
    {
        var happened = new StationEvent(
            _last + 1,
            time.GetUtcNow(),
            line.Name,
            entry.MachineNumber,
            entry.Step,
            entry.Verdict,
            entry.Code,
            entry.Message,
            entry.Attempt,
            Math.Round(entry.Since.TotalSeconds, 4),
            entry.CertificateFingerprint?.ToString(),
            entry.StepNumber,
            entry.StepCount,
            worker.Name,
            entry.Source?.ToString());
        KillPoint.Reached(LineStationKillPoints.BeforeJournal(entry.Step));
        await database.WriteAsync(
            (connection, transaction) =>
            {
                together?.Invoke(connection, transaction);
                return Insert(connection, transaction, JournalRow.Of(happened));
            },
            durability,
            cancellationToken);
        KillPoint.Reached(LineStationKillPoints.AfterJournal(entry.Step));
        _last = happened.Sequence;
        if (entry.Verdict is not null)
            _perhapsUnseen = null;
        Show(happened);
        if (_last % ForgottenAtOnce == 0)
            await ForgetAsync(cancellationToken);
    }

    // That a pack was sent is never forgotten while its unit has no Pass: nobody else knows it, and no second board may get the same one.
    private Task<int> ForgetAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            """
            DELETE FROM journal
            WHERE sequence <= (SELECT COALESCE(MAX(sequence), 0) FROM journal) - @KeptOnDisk
              AND (step <> @sent OR EXISTS (SELECT 1 FROM journal AS later WHERE later.machine_number = journal.machine_number AND later.sequence > journal.sequence AND later.verdict = 'Pass'))
            """,
            new { KeptOnDisk, sent = nameof(StationStep.Write) },
            transaction),
        cancellationToken);

    private void Show(StationEvent happened)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _recent.Enqueue(happened);
            if (_recent.Count > Kept)
                _recent.Dequeue();
            _held = HeldAfter(happened);
            waiting = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }

    private StationEvent? HeldAfter(StationEvent happened) => happened switch
    {
        { Step: StationStep.Acknowledged } or { Verdict: Verdict.Pass } => null,
        { Verdict: null } => _held,
        { Code: ErrorCode.UnreadableScan or ErrorCode.InvalidMachineNumber } => _held ?? happened,
        _ => happened,
    };

    private static List<JournalRow> ReadRecent(DbConnection connection) => connection.Query<JournalRow>(
        """
        SELECT sequence, time, machine_number AS machineNumber, step, verdict, code, message, attempt, seconds, certificate_fingerprint AS certificateFingerprint,
               step_number AS stepNumber, step_count AS stepCount, worker, source
        FROM journal WHERE sequence > (SELECT COALESCE(MAX(sequence), 0) FROM journal) - @Kept ORDER BY sequence
        """,
        new { Kept }).AsList();

    private static int Insert(DbConnection connection, DbTransaction transaction, JournalRow row) => connection.Execute(
        """
        INSERT INTO journal (sequence, time, machine_number, step, verdict, code, message, attempt, seconds, certificate_fingerprint, step_number, step_count, worker, source)
        VALUES (@Sequence, @Time, @MachineNumber, @Step, @Verdict, @Code, @Message, @Attempt, @Seconds, @CertificateFingerprint, @StepNumber, @StepCount, @Worker, @Source)
        """,
        row,
        transaction);
}
