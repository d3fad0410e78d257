using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Sends the requests of the batch that are due, several at a time, and stores what comes back. A request that fails waits for its own next try and holds up none of the others.
/// </summary>
internal sealed partial class ChunkRequests(
    Acknowledgements acknowledgements,
    ExpiredRequests expired,
    CertificateAuthorityClient authority,
    Database database,
    PackCheck check,
    DailyBatchOptions options,
    Retries retries,
    BatchRate rate,
    FactoryClock clock,
    TimeProvider time,
    ILogger<ChunkRequests> logger)
{
    /// <summary>Sends what is due. The first failure is thrown at the end; a quota that is used up is no failure of this run.</summary>
    public async Task SendDueAsync(CancellationToken cancellationToken)
    {
        var due = Chunk.ReadDue(database, retries);
        if (due.Count == 0)
            return;
        var started = time.GetTimestamp();
        var told = new ConcurrentBag<RequestId>();
        var failures = new ConcurrentBag<Exception>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ChunksInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due, parallel, async (chunk, stop) =>
        {
            if (failures.Any(failure => failure is ProvisioningException { Code: ErrorCode.CaUnavailable }))
                return; // the others would wait for the same silence
            try
            {
                if (!await IssueAsync(chunk, stop))
                    return;
                await acknowledgements.TellAsync(chunk.RequestId, stop);
                told.Add(chunk.RequestId);
            }
            catch (Exception cause) when (!stop.IsCancellationRequested)
            {
                failures.Add(cause);
                LogFailed(chunk.RequestId, chunk[0].ToString(), cause.Message);
                if (cause is ProvisioningException { Code: ErrorCode.KeysExpired })
                    await expired.ReplaceAsync(chunk.RequestId, stop); // the next run, soon after a failure, asks by the new ids
                else if (cause is ProvisioningException { Code: ErrorCode.Conflict } && chunk is { OrdersAnew: true, Serials.Count: 1 })
                    await chunk.OrderAnewAsync(database, cause.Message, stop);
                else
                    await chunk.MarkFailedAsync(database, retries.After(chunk.Attempts + 1, cause), stop);
            }
        });
        if (!told.IsEmpty)
        {
            await acknowledgements.ForgetAsync(told, cancellationToken);
            LogStored(due.Where(chunk => told.Contains(chunk.RequestId)).Sum(chunk => chunk.Serials.Count), time.GetElapsedTime(started).TotalSeconds);
        }

        if (failures.FirstOrDefault(failure => failure is not ProvisioningException { Code: ErrorCode.QuotaExceeded }) is { } first)
            ExceptionDispatchInfo.Throw(first);
    }

    private async Task<bool> IssueAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeIssueSent);
        if (!await chunk.MarkSentAsync(database, clock.StoredNow, cancellationToken))
            return false;
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterIssueNoted);
        var numbers = Enumerable.Range(0, chunk.Serials.Count).Select(position => chunk[position]).ToList();
        var intake = new ChunkIntake(chunk, database, check, clock, rate, cancellationToken);
        await authority.IssueAsync(new IssueCertificatesRequest(chunk.RequestId, numbers), intake.Receive, cancellationToken);
        await Task.Run(intake.Complete, cancellationToken);
        return true;
    }

    [LoggerMessage(210, LogLevel.Information, "{Count} certificate packs stored in {Seconds:F2} s")]
    private partial void LogStored(int count, double seconds);

    [LoggerMessage(211, LogLevel.Warning, "Request {RequestId} from {First} on stays open: {Reason}")]
    private partial void LogFailed(RequestId requestId, string first, string reason);
}
