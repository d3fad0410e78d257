using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Scanning.Feedback;
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
    private ScannerReader _scanner = null!;

    public Task InitializeAsync()
    {
        File.CreateSymbolicLink(_directory["scanner"], _cable.Port);
        _scanner = Reader(new ScannerOptions());
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
    public async Task FrameThatWasOnItsWayAtTheOpening_IsRefusedAloud_NeverHalfAccepted()
    {
        _cable.Type("X");
        await _scanner.StartAsync(default);
        await UntilAsync(() => _scanner.TrySend("\u0007"u8));
        _cable.Type("3012-100001\r3012-100002\r");
        Assert.Equal(ScanKind.Unreadable, (await NextAsync()).Kind);
        Assert.Equal("3012-100002", (await NextAsync()).Text);
    }

    [Fact]
    public async Task CommandToTheScanner_ComesOutOfThePort()
    {
        Assert.False(_scanner.TrySend("early"u8));
        await _scanner.StartAsync(default);
        await UntilAsync(() => _scanner.TrySend([0x16, 0x07, 0x0D, 0x00, 0xFF]));
        Assert.Equal([0x16, 0x07, 0x0D, 0x00, 0xFF], _cable.Read(5));
    }

    [Fact]
    public async Task ScannerThatHoldsTheLineBack_CostsTheCommand_AndStillScans()
    {
        await using var held = new Held(Reader(new ScannerOptions { FlowControl = SerialFlowControl.XonXoff }));
        await held.Scanner.StartAsync(default);
        await UntilAsync(() => held.Scanner.TrySend("a"u8));
        _cable.Type("\u0013"); // XOFF
        await UntilAsync(() => !held.Scanner.TrySend("b"u8));
        _cable.Type("3012-100001\r");
        Assert.Equal("3012-100001", (await NextAsync()).Text);
        _cable.Type("\u0011"); // XON
        await UntilAsync(() => held.Scanner.TrySend("c"u8));
    }

    [Fact]
    public async Task PortByItsUsbName_ThatIsNotThere_SaysWhatIs()
    {
        var names = Directory.CreateDirectory(_directory["serial/by-id"]).FullName;
        var missing = Path.Combine(names, "usb-Honeywell_Xenon-if00");
        Assert.Contains("no USB serial port is plugged in", Assert.Throws<IOException>(() => SerialPort.Open(missing, 9600)).Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(names, "usb-Datalogic_Gryphon-if00"), _cable.Port);
        await using var held = new Held(Reader(new ScannerOptions { Port = missing }));
        await held.Scanner.StartAsync(default);
        await UntilAsync(() => _health.Problems.TryGetValue("scanner", out var problem) && problem.Contains("there is usb-Datalogic_Gryphon-if00", StringComparison.Ordinal));
        File.CreateSymbolicLink(missing, _cable.Port);
        await UntilAsync(() => !_health.Problems.ContainsKey("scanner"));
    }

    [Fact]
    public void PortOfAnotherStation_IsSaidToBeInUse()
    {
        using var port = SerialPort.Open(_cable.Port, 9600);
        Assert.Contains("in use by another program", Assert.Throws<IOException>(() => SerialPort.Open(_cable.Port, 9600)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8N1", 0x30)]
    [InlineData("8E1", 0x130)]
    [InlineData("7E1", 0x120)]
    [InlineData("7O1", 0x320)]
    public void EveryFormat_HasTheBitsOfTermios_AndCanBeSet(string name, uint bits)
    {
        var format = SerialFormat.Find(name)!;
        Assert.Equal((bits, bits > 0x30), (format.ControlFlags, format.HasParity));
        foreach (var flowControl in Enum.GetValues<SerialFlowControl>())
            SerialPort.Open(_cable.Port, 38400, format, flowControl).Dispose();
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

    private ScannerReader Reader(ScannerOptions options) => new(
        new SerialTransport(options, new DataDirectory(_directory.Path)),
        options,
        new WorkersOptions(),
        _scans,
        new FeedbackCommands(options, new FeedbackOptions()),
        new MonotonicClock(TimeProvider.System),
        _health,
        NullLogger<ScannerReader>.Instance);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private async Task<Scan> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _scans.Reader.ReadAsync(limit.Token);
    }

    /// <summary>Waits until the port is open. Where something was there before, the first frame behind it is refused: one is spent on that.</summary>
    private async Task OpenedAsync()
    {
        await UntilAsync(() => _scanner.TrySend("\u0007"u8));
        _cable.Type("probe\r");
        await NextAsync();
    }

    private sealed record Held(ScannerReader Scanner) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Scanner.StopAsync(default);
            Scanner.Dispose();
        }
    }
}
