using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Scanning.Feedback;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Scanners on the network, over real sockets.</summary>
public sealed class TcpScannerTests : IAsyncLifetime
{
    private readonly ScanQueue _scans = new(NullLogger<ScanQueue>.Instance);
    private readonly HealthState _health = new(TimeProvider.System);
    private readonly TcpListener _device = new(IPAddress.Loopback, 0);
    private ScannerReader? _reader;
    private IScannerTransport? _transport;

    public Task InitializeAsync()
    {
        _device.Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_reader is not null)
            await _reader.StopAsync(default);
        _reader?.Dispose();
        _transport?.Dispose();
        _device.Dispose();
    }

    [Fact]
    public async Task StationConnects_DropsWhatTheScannerKept_AndReadsWhatIsScannedThen()
    {
        await StartAsync(ScannerTransportKind.Tcp, $"{_device.LocalEndpoint}");
        using var scanner = await _device.AcceptSocketAsync();
        scanner.Send("3012-999999\r3012-99"u8); // made while nobody was connected, and the beginning of one more
        await UntilAsync(() => _reader!.TrySend("\u0007"u8));
        scanner.Send("9998\r3012-100001\r"u8);
        Assert.Equal((ScanKind.Unreadable, ScanSource.Tcp), (await NextAsync()) is var tail ? (tail.Kind, tail.Source) : default);
        Assert.Equal((ScanKind.Code, "3012-100001", ScanSource.Tcp), (await NextAsync()) is var scan ? (scan.Kind, scan.Text, scan.Source) : default);
        Assert.Equal(0x07, await ReadByteAsync(scanner));
    }

    [Fact]
    public async Task ScannerThatGoesAway_ShowsInHealth_AndWorksWhenItIsBack()
    {
        await StartAsync(ScannerTransportKind.Tcp, $"{_device.LocalEndpoint}");
        (await _device.AcceptSocketAsync()).Dispose();
        await UntilAsync(() => _health.Problems.ContainsKey("scanner"));
        using var scanner = await _device.AcceptSocketAsync();
        await UntilAsync(() => !_health.Problems.ContainsKey("scanner") && _reader!.TrySend("\u0007"u8));
        scanner.Send("3012-100002\r"u8);
        Assert.Equal("3012-100002", (await NextAsync()).Text);
    }

    [Fact]
    public async Task ScannerThatIsNotThere_IsSaidSo_WithItsAddress()
    {
        var address = $"{_device.LocalEndpoint}";
        _device.Stop();
        await StartAsync(ScannerTransportKind.Tcp, address);
        await UntilAsync(() => _health.Problems.TryGetValue("scanner", out var problem) && problem.Contains($"{address} can't be reached", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StationListens_TakesTheScanThatTheConnectionBrings_AndANewConnectionReplacesTheOld()
    {
        var address = (IPEndPoint)_device.LocalEndpoint;
        _device.Stop();
        await StartAsync(ScannerTransportKind.TcpListen, $"{address}");
        await UntilAsync(() => _health.Problems.TryGetValue("scanner", out var problem) && problem.Contains("No scanner has connected", StringComparison.Ordinal));
        using var first = await ConnectAsync(address);
        first.Send("3012-100001\r"u8);
        Assert.Equal("3012-100001", (await NextAsync()).Text);
        Assert.Empty(_health.Problems);
        using var second = await ConnectAsync(address); // the first one lost its power and never said so
        second.Send("3012-100002\r"u8);
        Assert.Equal("3012-100002", (await NextAsync()).Text);
        await UntilAsync(() => _reader!.TrySend("\u0007"u8));
        Assert.Equal(0x07, await ReadByteAsync(second));
    }

    [Fact]
    public async Task Connection_NoticesAPulledCable_InSecondsAndNotInHours()
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await far.ConnectAsync(_device.LocalEndpoint);
        var socket = await _device.AcceptSocketAsync();
        using var connection = new TcpConnection(socket, "test");
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
        Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
        var userTimeout = new byte[4];
        socket.GetRawSocketOption(6, 18, userTimeout);
        Assert.Equal(8000, BitConverter.ToInt32(userTimeout));
    }

    [Theory]
    [InlineData("192.0.2.17:9004", "192.0.2.17", 9004)]
    [InlineData("scanner-3.line:23", "scanner-3.line", 23)]
    [InlineData("[2001:db8::17]:9004", "2001:db8::17", 9004)]
    public void AddressAndPort_AreRead(string text, string host, int port)
    {
        Assert.Equal(new NetworkAddress(host, port), NetworkAddress.Parse(text));
        Assert.Equal(text, NetworkAddress.Parse(text).ToString());
    }

    [Theory]
    [InlineData("192.0.2.17")]
    [InlineData(":9004")]
    [InlineData("2001:db8::17:9004")]
    [InlineData("scanner:99999")]
    [InlineData("scanner:-1")]
    [InlineData("a b:1")]
    [InlineData("[scanner]:1")]
    public void AnythingElse_IsNoAddress(string text) => Assert.False(NetworkAddress.TryParse(text, out _));

    private Task StartAsync(ScannerTransportKind kind, string address)
    {
        var options = new ScannerOptions { Transport = kind, Address = address };
        _transport = kind == ScannerTransportKind.Tcp ? new TcpTransport(options, quiet: TimeSpan.FromSeconds(2)) : new TcpListenTransport(options);
        _reader = new ScannerReader(_transport, options, new WorkersOptions(), _scans, new FeedbackCommands(options, new FeedbackOptions()), new MonotonicClock(TimeProvider.System), _health, NullLogger<ScannerReader>.Instance);
        return _reader.StartAsync(default);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return socket;
    }

    private static async Task<int> ReadByteAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var buffer = new byte[1];
        return await socket.ReceiveAsync(buffer, limit.Token) == 1 ? buffer[0] : -1;
    }

    private async Task<Scan> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _scans.Reader.ReadAsync(limit.Token);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
