using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// The day's batch (P-7): (1) tells the CA what it is still owed, (2) allocates the days that are due, (3) requests what is allocated and not here. Each step finds its work in
/// the tables, so it does not matter where an earlier run ended.
/// </summary>
internal sealed partial class DailyBatchJob(
    BatchAllocation allocation,
    Acknowledgements acknowledgements,
    ExpiredRequests expired,
    CertificateAuthorityClient authority,
    Database database,
    PackCheck check,
    DailyBatchOptions options,
    FactoryClock clock,
    TimeProvider time,
    HealthState health,
    ILogger<DailyBatchJob> logger) : PeriodicJob(JobName, time, health, logger)
{
    /// <summary>The job's name in health.</summary>
    public const string JobName = "daily batch";

    private readonly TimeProvider _time = time;

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.CheckEvery;

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => RunBatchAsync(cancellationToken);

    /// <summary>One run. A step that fails does not keep the next from being tried; the first failure is thrown at the end.</summary>
    internal async Task RunBatchAsync(CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? failure = null;
        Func<CancellationToken, Task>[] steps = [acknowledgements.TellAllAsync, allocation.AllocateDueAsync, IssueOpenChunksAsync];
        foreach (var step in steps)
        {
            try
            {
                await step(cancellationToken);
            }
            catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
            {
                failure ??= ExceptionDispatchInfo.Capture(cause);
            }
        }

        expired.ReportInHealth();
        failure?.Throw();
    }

    private async Task IssueOpenChunksAsync(CancellationToken cancellationToken)
    {
        var open = Chunk.ReadOpen(database);
        if (open.Count == 0)
            return;
        var started = _time.GetTimestamp();
        var told = new ConcurrentBag<RequestId>();
        var failures = new ConcurrentBag<Exception>();
        var waiting = new ConcurrentBag<Chunk>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ChunksInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(open, parallel, async (chunk, stop) =>
        {
            if (failures.Any(failure => failure is ProvisioningException { Code: ErrorCode.CaUnavailable }))
                return; // the others would wait for the same silence
            try
            {
                await IssueAsync(chunk, stop);
                await acknowledgements.TellAsync(chunk.RequestId, stop);
                told.Add(chunk.RequestId);
            }
            catch (Exception cause) when (!stop.IsCancellationRequested)
            {
                failures.Add(cause);
                if (cause is ProvisioningException { Code: ErrorCode.QuotaExceeded })
                    waiting.Add(chunk);
                LogFailed(chunk.RequestId, chunk[0].ToString(), cause.Message);
                if (cause is ProvisioningException { Code: ErrorCode.KeysExpired })
                    await expired.ReplaceAsync(chunk.RequestId, stop); // the next run, soon after a failure, asks by the new ids
                else
                    await chunk.MarkFailedAsync(database, cause.Message, stop);
            }
        });
        if (!told.IsEmpty)
        {
            await acknowledgements.ForgetAsync(told, cancellationToken);
            LogStored(open.Where(chunk => told.Contains(chunk.RequestId)).Sum(chunk => chunk.Serials.Count), _time.GetElapsedTime(started).TotalSeconds);
        }

        if (failures.FirstOrDefault(failure => failure is not ProvisioningException { Code: ErrorCode.QuotaExceeded }) is { } first)
            ExceptionDispatchInfo.Throw(first);
        if (!waiting.IsEmpty)
            throw new ProvisioningException(ErrorCode.QuotaExceeded, SayWhatWaits(waiting));
    }

    /// <summary>For the plant manager, who can't mend it: what waits, for whom, and that nothing has to be done here afterwards.</summary>
    private static string SayWhatWaits(IEnumerable<Chunk> waiting)
    {
        var units = waiting.GroupBy(chunk => chunk.Model).OrderBy(model => model.Key)
            .Select(model => string.Create(CultureInfo.InvariantCulture, $"{model.Sum(chunk => chunk.Serials.Count)} units of model {model.Key}"));
        return $"The center has not approved enough certificates for the plan: {string.Join(", ", units)} wait. "
            + "Ask the administrator of the certificate authority for a larger quota. Once it is approved, the terminal goes on by itself.";
    }

    private async Task IssueAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeIssueSent);
        var numbers = Enumerable.Range(0, chunk.Serials.Count).Select(position => chunk[position]).ToList();
        var intake = new ChunkIntake(chunk, database, check, clock, cancellationToken);
        await authority.IssueAsync(new IssueCertificatesRequest(chunk.RequestId, numbers), intake.Receive, cancellationToken);
        await Task.Run(intake.Complete, cancellationToken);
    }

    [LoggerMessage(210, LogLevel.Information, "{Count} certificate packs stored in {Seconds:F2} s")]
    private partial void LogStored(int count, double seconds);

    [LoggerMessage(211, LogLevel.Warning, "Request {RequestId} from {First} on stays open: {Reason}")]
    private partial void LogFailed(RequestId requestId, string first, string reason);
}
