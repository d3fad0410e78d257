using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>
/// What this station does, each step on the disk before it is done. The last thousand rows are kept in memory as events for whoever watches the line;
/// a restart reads them back, so sequence numbers go on and the last verdict stays visible.
/// </summary>
internal sealed class LineJournal(Database database, LineOptions line, TimeProvider time)
{
    private const int Kept = 1000;
    private const int KeptOnDisk = 200_000;

    private readonly Lock _gate = new();
    private readonly Queue<StationEvent> _recent = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;
    private string? _perhapsUnseen;

    /// <summary>Reads back what a run before this one left, and forgets what is too old.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            (connection, transaction) => connection.Execute(
                "DELETE FROM journal WHERE sequence <= (SELECT COALESCE(MAX(sequence), 0) FROM journal) - @KeptOnDisk",
                new { KeptOnDisk },
                transaction),
            cancellationToken);
        foreach (var row in database.Read(ReadRecent))
            _recent.Enqueue(row.ToEvent(line.Name));
        if (_recent.LastOrDefault() is not { } last)
            return;
        _last = last.Sequence;
        _perhapsUnseen = last.Verdict == Verdict.Pass ? last.MachineNumber : null;
    }

    /// <summary>Stores a row, then shows it.</summary>
    public async Task RecordAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        var happened = new StationEvent(
            ++_last, // one worker writes
            time.GetUtcNow(),
            line.Name,
            entry.MachineNumber,
            entry.Step,
            entry.Verdict,
            entry.Code,
            entry.Message,
            entry.Attempt,
            Math.Round(entry.Since.TotalSeconds, 4),
            entry.CertificateFingerprint?.ToString());
        KillPoint.Reached(LineStationKillPoints.BeforeJournal(entry.Step));
        await database.WriteAsync((connection, transaction) => Insert(connection, transaction, JournalRow.Of(happened)), cancellationToken);
        KillPoint.Reached(LineStationKillPoints.AfterJournal(entry.Step));
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _recent.Enqueue(happened);
            if (_recent.Count > Kept)
                _recent.Dequeue();
            waiting = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (entry.Verdict is not null)
            _perhapsUnseen = null;
        waiting.SetResult();
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

    private static List<JournalRow> ReadRecent(DbConnection connection) => connection.Query<JournalRow>(
        """
        SELECT sequence, time, machine_number AS machineNumber, step, verdict, code, message, attempt, seconds, certificate_fingerprint AS certificateFingerprint
        FROM journal WHERE sequence > (SELECT COALESCE(MAX(sequence), 0) FROM journal) - @Kept ORDER BY sequence
        """,
        new { Kept }).AsList();

    private static int Insert(DbConnection connection, DbTransaction transaction, JournalRow row) => connection.Execute(
        """
        INSERT INTO journal (sequence, time, machine_number, step, verdict, code, message, attempt, seconds, certificate_fingerprint)
        VALUES (@Sequence, @Time, @MachineNumber, @Step, @Verdict, @Code, @Message, @Attempt, @Seconds, @CertificateFingerprint)
        """,
        row,
        transaction);
}
