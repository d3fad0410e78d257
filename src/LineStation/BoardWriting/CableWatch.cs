using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Workers;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>
/// Looks at the cable while nothing is scanned: a blank board gets the common certificate without anybody asking (P-11). Where the line does no more than that, it is the board's verdict;
/// at other lines the verdict is the unit's, later.
/// </summary>
internal sealed class CableWatch(BoardCable cable, CommonCertificateWriter writer, SignIn signIn, LineOptions line, LineJournal journal, HealthState health, MonotonicClock clock, TimeProvider time)
{
    private const string Condition = "board";
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(3);

    private DateTimeOffset _notBefore;
    private string? _lastProblem;

    private bool IsBoardLine => !line.Does(LineStep.WriteCertificate);

    /// <summary>Looks once.</summary>
    /// <param name="scanned">Cancelled when a scan comes: then looking stops, but a write that was begun is finished.</param>
    /// <param name="cancellationToken">Ends the station.</param>
    public async Task LookAsync(CancellationToken scanned, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _notBefore)
            return;
        var writing = false;
        var begun = clock.Now;
        try
        {
            var board = await cable.LookAsync(scanned);
            writing = board.Information.State == BoardState.Blank;
            if (writing)
            {
                signIn.Require();
                await writer.WriteAsync(board, new JournalEntry(StationStep.CommonCertificate), cancellationToken);
                if (IsBoardLine)
                    await journal.RecordAsync(VerdictOf(UnitVerdict.Common, begun), cancellationToken);
            }

            _lastProblem = null;
            health.Clear(Condition);
        }
        catch (ProvisioningException empty) when (empty.Code == ErrorCode.BoardUnavailable && !writing)
        {
            cable.Drop(); // boards come and go; that is no fault of anything
            _lastProblem = null; // the next one is another board, whose failure is news
        }
        catch (ProvisioningException problem)
        {
            cable.Drop();
            _notBefore = time.GetUtcNow() + AfterFailure;
            health.Report(Condition, problem.Message);
            if (problem.Message == _lastProblem)
                return;
            _lastProblem = problem.Message;
            var entry = IsBoardLine
                ? VerdictOf(UnitVerdict.Refused(problem), begun)
                : new JournalEntry(StationStep.CommonCertificate) { Code = problem.Code, Message = problem.Message };
            await journal.RecordAsync(entry, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            cable.Drop();
        }
    }

    private JournalEntry VerdictOf(UnitVerdict verdict, TimeSpan begun) =>
        new(StationStep.Done) { Verdict = verdict.Verdict, Code = verdict.Code, Message = verdict.Message, Since = clock.Now - begun };
}
