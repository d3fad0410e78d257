using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning.Feedback;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Reads the scanner on a thread of its own and puts scans into the line's queue. A scanner that is missing or goes away is opened again with back-off;
/// health shows it meanwhile.
/// </summary>
internal sealed partial class ScannerReader(
    IScannerTransport transport,
    ScannerOptions options,
    WorkersOptions workers,
    ScanQueue scans,
    FeedbackCommands commands,
    MonotonicClock clock,
    HealthState health,
    ILogger<ScannerReader> logger) : IHostedService, IDisposable
{
    private const string Condition = "scanner";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ScanFrames _frames = new(options, transport.Source, workers.Badge);
    private readonly List<Scan> _completed = [];
    private volatile IScannerConnection? _connection;
    private Thread? _thread;
    private bool _isDisposed;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "scanner" };
        _thread.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Stop();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) // as a hosted service and as itself
            return;
        _isDisposed = true;
        Stop();
        _stopping.Dispose();
    }

    /// <summary>Sends a command to the scanner. One that is not connected, or does not take it, costs nothing but the command.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool TrySend(ReadOnlySpan<byte> command)
    {
        try
        {
            if (_connection is not { } connection)
                return false;
            connection.Write(command);
            return true;
        }
        catch (Exception cause) when (cause is IOException or ObjectDisposedException)
        {
            LogNotSent(logger, cause.Message);
            return false;
        }
    }

    private void Stop()
    {
        _stopping.Cancel();
        _thread?.Join(); // a read lasts a tenth of a second at most
        _thread = null;
    }

    private void Run()
    {
        var pause = Shorter(FirstPause, transport.LongestPause);
        var wasOpen = true; // so that the first failure is logged
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var connection = transport.Open(_stopping.Token);
                health.Clear(Condition);
                LogOpened(logger, transport.Name);
                (pause, wasOpen) = (Shorter(FirstPause, transport.LongestPause), true);
                _frames.Reset(connection.OpenedMidFrame);
                _connection = connection;
                ReadUntilStopped(connection);
            }
            catch (IOException cause)
            {
                health.Report(Condition, $"The scanner is not connected: {cause.Message}");
                if (wasOpen)
                    LogGone(logger, cause.Message);
                wasOpen = false;
                _connection = null;
                _stopping.Token.WaitHandle.WaitOne(pause);
                pause = Shorter(pause * 2, transport.LongestPause);
            }
            catch (OperationCanceledException)
            {
                // The station stops.
            }
            finally
            {
                _connection = null;
            }
        }
    }

    private void ReadUntilStopped(IScannerConnection connection)
    {
        Span<byte> buffer = stackalloc byte[256];
        while (!_stopping.IsCancellationRequested)
        {
            var count = connection.Read(buffer);
            var now = clock.Now;
            var isWhole = _frames.Feed(buffer[..count], now, _completed);
            _frames.Expire(now, _completed);
            foreach (var scan in _completed)
                scans.Offer(scan);
            _completed.Clear();
            if (isWhole && commands.Find(FeedbackMoment.Scanned) is [_, ..] command)
                TrySend(command); // behind the queue: the line has begun already
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(300, LogLevel.Information, "Scanner connected: {Name}")]
    private static partial void LogOpened(ILogger logger, string name);

    [LoggerMessage(301, LogLevel.Warning, "Scanner not connected, trying again: {Reason}")]
    private static partial void LogGone(ILogger logger, string reason);

    [LoggerMessage(304, LogLevel.Debug, "A command did not reach the scanner: {Reason}")]
    private static partial void LogNotSent(ILogger logger, string reason);
}
