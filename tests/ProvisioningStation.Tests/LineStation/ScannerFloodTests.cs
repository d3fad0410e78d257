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
        using var reader = new ScannerReader(
            new SerialTransport(options, new DataDirectory(directory.Path)),
            options,
            new WorkersOptions(),
            scans,
            new FeedbackCommands(options, new FeedbackOptions()),
            new MonotonicClock(TimeProvider.System),
            health,
            NullLogger<ScannerReader>.Instance);
        await reader.StartAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!reader.TrySend("."u8))
            await Task.Delay(10, limit.Token);

        for (var i = 0; i < 1000; i++)
        {
            cable.Type($"3012-{i:D6}\r");
            if (i % 10 == 9)
                await Task.Delay(5, limit.Token);
        }

        while (scans.Reader.Count <= ScanQueue.Longest)
            await Task.Delay(10, limit.Token);
        await Task.Delay(300, limit.Token); // all of it has been read
        Assert.Equal(ScanQueue.Longest + 1, scans.Reader.Count);
        for (var i = 0; i < ScanQueue.Longest; i++)
            Assert.Equal($"3012-{i:D6}", (await scans.Reader.ReadAsync(limit.Token)).Text);
        Assert.Equal(ScanKind.Dropped, (await scans.Reader.ReadAsync(limit.Token)).Kind);

        cable.Type("3012-999999\r");
        Assert.Equal("3012-999999", (await scans.Reader.ReadAsync(limit.Token)).Text);
        Assert.Empty(health.Problems);
        await reader.StopAsync(default);
    }
}
