using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Whatever may hang on the cable: a bare TLS server that answers each operation with the bytes that the test gives it.</summary>
/// <param name="port">The board's on the cable.</param>
/// <param name="presents">What it presents; null where it takes connections and stays silent before TLS.</param>
/// <param name="answerAsync">Gets the operation's name and the stream. When it returns false, the connection is closed.</param>
internal sealed class HostileBoard(int port, Func<TlsIdentity?> presents, Func<string, Stream, CancellationToken, Task<bool>> answerAsync) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, port);
    private Task _accepting = Task.CompletedTask;

    public HostileBoard Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Stop();
        _end.Dispose();
    }

    /// <summary>A whole HTTP answer with a message.</summary>
    public static byte[] Message(ISoapMessage message) => Http("200 OK", SoapEnvelope.ToBytes(message.GetType().Name, message));

    /// <summary>A whole HTTP answer with a fault.</summary>
    public static byte[] Fault(ErrorCode code) => Http("500 Internal Server Error", SoapEnvelope.FaultToBytes(code, "Says the board.", byCaller: true));

    public static byte[] Http(string status, byte[] body) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient socket)
    {
        using var closing = socket;
        try
        {
            using var presented = presents();
            if (presented is null)
            {
                await Task.Delay(Timeout.Infinite, _end.Token);
                return;
            }

            await using var tls = new SslStream(socket.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = presented.Context }, _end.Token);
            while (await answerAsync(await ReadOperationAsync(tls), tls, _end.Token))
                await tls.FlushAsync(_end.Token);
        }
        catch (Exception cause) when (cause is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The station has hung up, or the test is over.
        }
    }

    private async Task<string> ReadOperationAsync(SslStream tls)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await tls.ReadExactlyAsync(one, _end.Token);
            head.Append((char)one[0]);
        }

        var headers = head.ToString().Split("\r\n").Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        await tls.ReadExactlyAsync(new byte[int.Parse(headers["Content-Length"], System.Globalization.CultureInfo.InvariantCulture)], _end.Token);
        return headers["SOAPAction"].Trim('"').Split('#')[1];
    }
}
