using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

/// <summary>
/// An FTP server that plays one session from a script, a step a line. It says what stands there, whatever is right, and takes nothing but what stands there.
/// <code>
/// S: text      says the line ({port}; {p1},{p2}: where it listens for data; {closed}: where nobody does)   S! text   says the bytes (escapes: \r \n \0 \xHH)      S~ text   says the line again and again
/// C: text      hears exactly this line                                             |         stands still until the client goes           -         closes the control connection
/// D> text      sends the bytes over the data connection and ends it                D>| text  sends them and leaves it open               D>! text  sends them and resets it
/// D&lt; N         takes data to its end, N bytes                                      D&lt;! N     takes N bytes and resets it                  D&lt;| N     takes N bytes and no more
/// D&lt;x          takes data until the client resets it
/// D* N         sends N bytes of nothing and ends the data connection, or finds it ended
/// </code>
/// </summary>
internal sealed partial class ScriptedFtpServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Socket _dataListener;
    private readonly Socket _closed;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _still = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemoryStream _received = new();
    private Task<Socket>? _data;
    private Task _session = Task.CompletedTask;

    private ScriptedFtpServer(IPAddress address)
    {
        _listener = Listen(address);
        _dataListener = Listen(address);
        _closed = Bind(address);
        Endpoint = new FtpEndpoint((IPEndPoint)_listener.LocalEndPoint!, NetworkPort.Any);
    }

    public FtpEndpoint Endpoint { get; }

    /// <summary>Where it listens for data.</summary>
    public int DataPort => ((IPEndPoint)_dataListener.LocalEndPoint!).Port;

    /// <summary>Ends when the script has come to a place where it stands still.</summary>
    public Task StandsStill => _still.Task;

    /// <summary>What came over data connections.</summary>
    public byte[] Received => _received.ToArray();

    public static ScriptedFtpServer Start(string script, IPAddress? address = null)
    {
        var server = new ScriptedFtpServer(address ?? IPAddress.Loopback);
        server._session = server.PlayAsync(script.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return server;
    }

    /// <summary>Ends when the script was played to its end; fails where the client said something else.</summary>
    public async Task EndsAsync() => await _session.WaitAsync(TimeSpan.FromMinutes(2));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        _dataListener.Dispose();
        _closed.Dispose();
        try
        {
            await _session;
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // a session that the test did not want to see to its end
        }

        if (_data is { IsCompletedSuccessfully: true })
            (await _data).Dispose();
        _received.Dispose();
        _end.Dispose();
    }

    private static Socket Listen(IPAddress address)
    {
        var socket = Bind(address);
        socket.Listen();
        return socket;
    }

    private static Socket Bind(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private async Task PlayAsync(IEnumerable<string> steps)
    {
        using var control = await _listener.AcceptAsync(_end.Token);
        control.NoDelay = true;
        foreach (var step in steps.Select(step => step.TrimEnd('\r')))
        {
            var space = step.IndexOf(' ', StringComparison.Ordinal);
            var (what, text) = space < 0 ? (step, string.Empty) : (step[..space], step[(space + 1)..]);
            switch (what)
            {
                case "C:":
                    Assert.Equal(text, await ReadLineAsync(control));
                    break;
                case "S:" or "S!":
                    await SayAsync(control, what == "S:" ? text + "\\r\\n" : text);
                    break;
                case "S~":
                    await IgnoreEndAsync(async () =>
                    {
                        while (true)
                            await SayAsync(control, text + "\\r\\n");
                    });
                    return;
                case "-":
                    return;
                case "|":
                    _still.TrySetResult();
                    await IgnoreEndAsync(async () => await control.ReceiveAsync(new byte[100], _end.Token));
                    return;
                default:
                    await PlayDataAsync(what, text);
                    break;
            }
        }

        await IgnoreEndAsync(async () => Assert.Equal(0, await control.ReceiveAsync(new byte[1], _end.Token)));
    }

    private async Task PlayDataAsync(string what, string text)
    {
        var data = await _data!;
        if (what.StartsWith("D>", StringComparison.Ordinal))
            await data.SendAsync(Bytes(text), _end.Token);
        else if (what == "D*")
            await IgnoreEndAsync(async () => await data.SendAsync(new byte[int.Parse(text, CultureInfo.InvariantCulture)], _end.Token));
        else if (what == "D<x")
            await Assert.ThrowsAsync<SocketException>(() => TakeAsync(data, -1, toItsEnd: true));
        else
            await TakeAsync(data, int.Parse(text, CultureInfo.InvariantCulture), toItsEnd: what == "D<");
        if (what.EndsWith('|'))
            return;
        if (what.EndsWith('!'))
            data.LingerState = new LingerOption(true, 0);
        data.Dispose();
    }

    private async Task TakeAsync(Socket data, int length, bool toItsEnd)
    {
        var buffer = new byte[64 * 1024];
        var taken = 0;
        while (toItsEnd || taken < length)
        {
            var count = await data.ReceiveAsync(buffer.AsMemory(0, toItsEnd ? buffer.Length : Math.Min(buffer.Length, length - taken)), _end.Token);
            if (count == 0)
                break;
            _received.Write(buffer, 0, count);
            taken += count;
        }

        Assert.Equal(length, taken);
    }

    private async Task SayAsync(Socket control, string text)
    {
        var names = text.Contains("{port}", StringComparison.Ordinal) || text.Contains("{p1}", StringComparison.Ordinal);
        if (names)
            _data = _dataListener.AcceptAsync(_end.Token).AsTask();
        var port = DataPort;
        text = text.Replace("{closed}", $"{((IPEndPoint)_closed.LocalEndPoint!).Port}", StringComparison.Ordinal).Replace("{port}", $"{port}", StringComparison.Ordinal).Replace("{p1}", $"{port / 256}", StringComparison.Ordinal).Replace("{p2}", $"{port % 256}", StringComparison.Ordinal);
        await control.SendAsync(Bytes(text), _end.Token);
    }

    private static byte[] Bytes(string text) => [.. Escapes().Split(text).SelectMany(part => part switch
    {
        "\\r" => "\r"u8.ToArray(),
        "\\n" => "\n"u8.ToArray(),
        "\\0" => [0],
        _ when part.StartsWith("\\x", StringComparison.Ordinal) => Convert.FromHexString(part[2..]),
        _ => Encoding.UTF8.GetBytes(part),
    })];

    private async Task<string> ReadLineAsync(Socket control)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < 2 || line[^2] != '\r' || line[^1] != '\n')
        {
            if (await control.ReceiveAsync(one, _end.Token) == 0)
                return "(the client went)";
            line.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. line[..^2]]);
    }

    private static async Task IgnoreEndAsync(Func<Task> exchangeAsync)
    {
        try
        {
            await exchangeAsync();
        }
        catch (SocketException)
        {
            // the client is gone
        }
    }

    [GeneratedRegex(@"(\\r|\\n|\\0|\\x[0-9A-Fa-f]{2})")]
    private static partial Regex Escapes();
}
