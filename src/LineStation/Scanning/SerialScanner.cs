using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// Reads the scanner on a thread of its own and puts scans into the line's queue. A port that is missing or goes away is opened again with back-off;
/// health shows it meanwhile.
/// </summary>
internal sealed partial class SerialScanner(
    ScannerOptions options,
    DataDirectory data,
    WorkersOptions workers,
    ScanQueue scans,
    MonotonicClock clock,
    HealthState health,
    ILogger<SerialScanner> logger) : IHostedService, IDisposable
{
    private const string Condition = "scanner";
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Scan> _completed = [];
    private Thread? _thread;

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
        Stop();
        _stopping.Dispose();
    }

    private void Stop()
    {
        _stopping.Cancel();
        _thread?.Join(); // a read lasts a tenth of a second at most
        _thread = null;
    }

    private void Run()
    {
        var path = data.Resolve(options.Port);
        var frames = new ScanFrames(options, ScanSource.Serial, workers.Badge);
        var retry = FirstRetry;
        var wasOpen = true; // so that the first failure is logged
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var port = SerialPort.Open(path, options.Baud);
                health.Clear(Condition);
                LogOpened(logger, path, options.Baud);
                (retry, wasOpen) = (FirstRetry, true);
                frames.Reset();
                ReadUntilStopped(port, frames);
            }
            catch (IOException cause)
            {
                health.Report(Condition, $"The scanner is not connected: {cause.Message}");
                if (wasOpen)
                    LogGone(logger, cause.Message);
                wasOpen = false;
                _stopping.Token.WaitHandle.WaitOne(retry);
                retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LastRetry.Ticks));
            }
        }
    }

    private void ReadUntilStopped(SerialPort port, ScanFrames frames)
    {
        Span<byte> buffer = stackalloc byte[256];
        while (!_stopping.IsCancellationRequested)
        {
            var count = port.Read(buffer);
            var now = clock.Now;
            frames.Feed(buffer[..count], now, _completed);
            frames.Expire(now, _completed);
            foreach (var scan in _completed)
                scans.Offer(scan);
            _completed.Clear();
        }
    }

    [LoggerMessage(300, LogLevel.Information, "Scanner connected: {Path}, {Baud} bits per second")]
    private static partial void LogOpened(ILogger logger, string path, int baud);

    [LoggerMessage(301, LogLevel.Warning, "Scanner not connected, trying again: {Reason}")]
    private static partial void LogGone(ILogger logger, string reason);
}
