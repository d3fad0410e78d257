using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The scanner over a real serial port, one end of a pseudo-terminal.</summary>
public sealed class SerialScannerTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ScanQueue _scans = new(NullLogger<ScanQueue>.Instance);
    private readonly HealthState _health = new(TimeProvider.System);
    private PseudoTerminal _cable = new();
    private SerialScanner _scanner = null!;

    public Task InitializeAsync()
    {
        File.CreateSymbolicLink(_directory["scanner"], _cable.Port);
        _scanner = new SerialScanner(
            new ScannerOptions(),
            new DataDirectory(_directory.Path),
            new WorkersOptions(),
            _scans,
            new MonotonicClock(TimeProvider.System),
            _health,
            NullLogger<SerialScanner>.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _scanner.StopAsync(default);
        _scanner.Dispose();
        _cable.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task BytesOnThePort_BecomeScans_AndWhatWasThereBeforeIsDropped()
    {
        _cable.Type("3012-999999\r");
        using (SerialPort.Open(_cable.Port, 9600))
            _cable.Type("3012-999998\r");
        await _scanner.StartAsync(default);
        await OpenedAsync();
        _cable.Type("3012-100001\r\n");
        Assert.Equal("3012-100001", (await NextAsync()).Text);
    }

    [Fact]
    public async Task HalfAScan_IsReportedWithoutFurtherBytes()
    {
        await _scanner.StartAsync(default);
        await OpenedAsync();
        _cable.Type("3012-10");
        Assert.Equal(ScanKind.Unreadable, (await NextAsync()).Kind);
    }

    [Fact]
    public async Task UnpluggedScanner_ShowsInHealth_AndWorksWhenItIsBack()
    {
        await _scanner.StartAsync(default);
        await OpenedAsync();
        _cable.Dispose();
        await UntilAsync(() => _health.Problems.ContainsKey("scanner"));

        _cable = new PseudoTerminal();
        File.Delete(_directory["scanner"]);
        File.CreateSymbolicLink(_directory["scanner"], _cable.Port);
        await UntilAsync(() => !_health.Problems.ContainsKey("scanner"));
        _cable.Type("3012-100002\r");
        Assert.Equal("3012-100002", (await NextAsync()).Text);
    }

    [Fact]
    public void FileThatIsNoSerialPort_IsSaidSo()
    {
        File.WriteAllText(_directory["file"], "text");
        Assert.Contains("is not a serial port", Assert.Throws<IOException>(() => SerialPort.Open(_directory["file"], 9600)).Message, StringComparison.Ordinal);
        Assert.Contains("can't be opened", Assert.Throws<IOException>(() => SerialPort.Open(_directory["nothing"], 9600)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9600)]
    [InlineData(115200)]
    public void EverySpeed_CanBeSet(int baud) => SerialPort.Open(_cable.Port, baud).Dispose();

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private async Task<Scan> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await _scans.Reader.ReadAsync(limit.Token);
    }

    private async Task OpenedAsync()
    {
        // The port is open once a probe comes through; what is typed before the flush at opening is dropped.
        for (var i = 0; i < 100; i++)
        {
            _cable.Type($"probe-{i}\r");
            await Task.Delay(30);
            if (_scans.Reader.TryRead(out _))
                break;
        }

        await Task.Delay(150);
        while (_scans.Reader.TryRead(out _))
        {
            // Late probes.
        }
    }
}
