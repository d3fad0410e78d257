using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Workers;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>Looks at the cable while nothing is scanned: a blank board gets the common certificate without anybody asking (P-11).</summary>
internal sealed class CableWatch(BoardCable cable, CommonCertificateWriter writer, SignIn signIn, LineJournal journal, HealthState health, TimeProvider time)
{
    private const string Condition = "board";
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(3);

    private DateTimeOffset _notBefore;
    private string? _lastProblem;

    /// <summary>Looks once.</summary>
    /// <param name="scanned">Cancelled when a scan comes: then looking stops, but a write that was begun is finished.</param>
    /// <param name="cancellationToken">Ends the station.</param>
    public async Task LookAsync(CancellationToken scanned, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _notBefore)
            return;
        var writing = false;
        try
        {
            var board = await cable.LookAsync(scanned);
            writing = board.Information.State == BoardState.Blank;
            if (writing)
                signIn.Require();
            if (writing)
                await writer.WriteAsync(board, new JournalEntry(StationStep.CommonCertificate), cancellationToken);
            _lastProblem = null;
            health.Clear(Condition);
        }
        catch (ProvisioningException empty) when (empty.Code == ErrorCode.BoardUnavailable && !writing)
        {
            cable.Drop(); // boards come and go; that is no fault of anything
        }
        catch (ProvisioningException problem)
        {
            cable.Drop();
            _notBefore = time.GetUtcNow() + AfterFailure;
            health.Report(Condition, problem.Message);
            if (problem.Message == _lastProblem)
                return;
            _lastProblem = problem.Message;
            await journal.RecordAsync(new JournalEntry(StationStep.CommonCertificate) { Code = problem.Code, Message = problem.Message }, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            cable.Drop();
        }
    }
}
