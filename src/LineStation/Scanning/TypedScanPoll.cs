using System.Threading.Channels;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Fetches numbers that a person types at the terminal for this line (P-21) and puts each, once, where the scanner puts its scans. That one was fetched is stored before it is served: a station
/// that dies then loses it, as it would lose a scan, and never serves it twice.
/// </summary>
internal sealed partial class TypedScanPoll(
    TerminalClient terminal,
    TerminalOptions options,
    Database database,
    ChannelWriter<Scan> scans,
    MonotonicClock clock,
    TimeProvider time,
    ILogger<TypedScanPoll> logger) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var last = database.Read(connection => connection.QuerySingleOrDefault<int?>("SELECT typed_scan FROM typed_scan_seen WHERE only_row = 1")) ?? 0;
        var retry = FirstRetry;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                last = await FetchAsync(last, stoppingToken);
                retry = FirstRetry;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ProvisioningException old) when (old.Code == ErrorCode.NotSupported)
            {
                LogNotSupported(logger);
                return;
            }
            catch (Exception cause)
            {
                LogFailed(logger, cause.Message);
                await Task.Delay(retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LastRetry.Ticks));
            }
        }
    }

    private async Task<int> FetchAsync(int last, CancellationToken cancellationToken)
    {
        // Half of what the client would wait for an answer: the terminal answers in time also where it is slow.
        var wait = Math.Clamp((int)(options.Timeout.TotalSeconds / 2), 0, AwaitTypedScanRequest.MaxWaitSeconds);
        var answer = await terminal.AwaitTypedScanAsync(new AwaitTypedScanRequest(last, wait), cancellationToken);
        if (answer.MachineNumber is not { } number || answer.TypedScan == last)
        {
            if (wait == 0)
                await Task.Delay(FirstRetry, time, cancellationToken);
            return last;
        }

        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("DELETE FROM typed_scan_seen WHERE only_row = 1", transaction: transaction);
                connection.Execute("INSERT INTO typed_scan_seen (only_row, typed_scan) VALUES (1, @TypedScan)", new { answer.TypedScan }, transaction);
            },
            cancellationToken);
        LogTyped(logger, number.ToString());
        await scans.WriteAsync(new Scan(ScanKind.Code, number.ToString(), clock.Now, ScanSource.Typed), cancellationToken);
        return answer.TypedScan;
    }

    [LoggerMessage(305, LogLevel.Information, "{MachineNumber} was typed at the terminal for this line")]
    private static partial void LogTyped(ILogger logger, string machineNumber);

    [LoggerMessage(306, LogLevel.Debug, "The terminal can't be asked for typed numbers, trying again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(307, LogLevel.Information, "The terminal is of a version without typed numbers")]
    private static partial void LogNotSupported(ILogger logger);
}
