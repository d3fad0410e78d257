using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Scanning.Feedback;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A thousand scans in a second, over a real port, into a line that serves none of them meanwhile.</summary>
public sealed class ScannerFloodTests
{
    [Fact]
    public async Task ThousandScansInASecond_TheFirstWaitInOrder_TheRestIsDroppedAloud_AndTheScannerWorksOn()
    {
        using var directory = new TemporaryDirectory();
        using var cable = new PseudoTerminal();
        var options = new ScannerOptions { Port = cable.Port, Baud = 115200 };
        var scans = new ScanQueue(NullLogger<ScanQueue>.Instance);
        var health = new HealthState(TimeProvider.System);
        using var port = new CountedTransport(new SerialTransport(options, new DataDirectory(directory.Path)));
        using var reader = new ScannerReader(
            port,
            options,
            new WorkersOptions(),
            scans,
            new FeedbackCommands(options, new FeedbackOptions()),
            new MonotonicClock(TimeProvider.System),
            health,
            NullLogger<ScannerReader>.Instance);
        await reader.StartAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!reader.TrySend("."u8))
            await Task.Delay(10, limit.Token);

        for (var i = 0; i < 1000; i++)
        {
            cable.Type($"3012-{i:D6}\r");
            if (i % 10 == 9)
                await Task.Delay(5, limit.Token);
        }

        await port.ReadAsync(12 * 1000).WaitAsync(limit.Token);
        Assert.Equal(ScanQueue.Longest + 1, scans.Reader.Count);
        for (var i = 0; i < ScanQueue.Longest; i++)
            Assert.Equal($"3012-{i:D6}", (await scans.Reader.ReadAsync(limit.Token)).Text);
        Assert.Equal(ScanKind.Dropped, (await scans.Reader.ReadAsync(limit.Token)).Kind);

        cable.Type("3012-999999\r");
        Assert.Equal("3012-999999", (await scans.Reader.ReadAsync(limit.Token)).Text);
        Assert.Empty(health.Problems);
        await reader.StopAsync(default);
    }

    /// <summary>A transport that knows how much was read from it and taken in.</summary>
    private sealed class CountedTransport(IScannerTransport inner) : IScannerTransport
    {
        private Counted _connection = null!;

        public ScanSource Source => inner.Source;

        public string Name => inner.Name;

        public TimeSpan LongestPause => inner.LongestPause;

        public IScannerConnection Open(CancellationToken cancellationToken) => _connection = new Counted(inner.Open(cancellationToken));

        /// <summary>Completes when so many bytes were read and the reader asks for more.</summary>
        public async Task ReadAsync(int bytes)
        {
            while (_connection.TakenIn < bytes)
                await Task.Delay(10);
        }

        public void Dispose() => inner.Dispose();

        private sealed class Counted(IScannerConnection inner) : IScannerConnection
        {
            private int _read;
            private volatile int _takenIn;

            public int TakenIn => _takenIn;

            public bool OpenedMidFrame => inner.OpenedMidFrame;

            public int Read(Span<byte> buffer)
            {
                _takenIn = _read; // who reads again has done with what it had
                var count = inner.Read(buffer);
                _read += count;
                return count;
            }

            public void Write(ReadOnlySpan<byte> bytes) => inner.Write(bytes);

            public void Dispose() => inner.Dispose();
        }
    }
}
