using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>A client that says exactly what the test wants, byte by byte, and keeps what went over both connections.</summary>
internal sealed class FtpTalk : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _control = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly StringBuilder _unread = new();
    private readonly IPAddress _from;

    private FtpTalk(IPAddress from) => _from = from;

    /// <summary>Every line that was sent.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>Every line that came.</summary>
    public List<string> Received { get; } = [];

    /// <summary>Everything that came over data connections.</summary>
    public List<string> Data { get; } = [];

    /// <summary>Connects, from another address of this machine where one is given, and reads the greeting.</summary>
    public static async Task<FtpTalk> ConnectAsync(IPEndPoint server, string from = "127.0.0.1")
    {
        var talk = await OpenAsync(server, from);
        Assert.StartsWith("220 ", await talk.ReplyAsync(), StringComparison.Ordinal);
        return talk;
    }

    /// <summary>Connects and leaves the greeting unread.</summary>
    public static async Task<FtpTalk> OpenAsync(IPEndPoint server, string from = "127.0.0.1")
    {
        var talk = new FtpTalk(IPAddress.Parse(from));
        talk._control.Bind(new IPEndPoint(talk._from, 0));
        await talk._control.ConnectAsync(server);
        return talk;
    }

    /// <summary>Connects and logs in, for binary transfers.</summary>
    public static async Task<FtpTalk> LogInAsync(IPEndPoint server, string id, string password)
    {
        var talk = await ConnectAsync(server);
        await talk.LogInAsync(id, password);
        return talk;
    }

    /// <summary>Logs in, for binary transfers.</summary>
    public async Task LogInAsync(string id, string password)
    {
        await ExpectAsync(331, $"USER {id}");
        await ExpectAsync(230, $"PASS {password}");
        await ExpectAsync(200, "TYPE I");
    }

    /// <summary>Says a line and reads its whole answer, which has to have this code.</summary>
    public async Task<string> ExpectAsync(int code, string line)
    {
        var reply = await SayAsync(line);
        Assert.True(reply.StartsWith(code.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), $"{line}: {reply}");
        return reply;
    }

    /// <summary>Says a line and reads its whole answer.</summary>
    public async Task<string> SayAsync(string line)
    {
        Sent.Add(line);
        await SendAsync(Encoding.Latin1.GetBytes(line + "\r\n"));
        return await ReplyAsync();
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, SocketFlags flags = SocketFlags.None)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _control.SendAsync(bytes, flags)..];
    }

    /// <summary>The next answer, with all its lines.</summary>
    public async Task<string> ReplyAsync()
    {
        var first = await LineAsync();
        var reply = new StringBuilder(first);
        if (first.Length > 3 && first[3] == '-')
        {
            string line;
            do
            {
                line = await LineAsync();
                reply.Append('\n').Append(line);
            }
            while (!line.StartsWith(first[..3] + " ", StringComparison.Ordinal));
        }

        return reply.ToString();
    }

    /// <summary>Reads so many bytes of answers, and forgets them.</summary>
    public async Task SkipAsync(long count)
    {
        while (_unread.Length < count)
        {
            count -= _unread.Length;
            _unread.Clear();
            Assert.True(await ReadAsync(), "The server ended the connection.");
        }

        _unread.Remove(0, (int)count);
    }

    /// <summary>Waits until the server has ended the control connection, and gives what it still said.</summary>
    public async Task<string> EndAsync()
    {
        try
        {
            while (await ReadAsync())
            {
                // Whatever it still says.
            }
        }
        catch (SocketException)
        {
            // Ended with something of ours unread.
        }

        return _unread.ToString();
    }

    /// <summary>Asks for a passive port and connects to it, from another address where one is given.</summary>
    public async Task<Socket> OpenDataAsync(string? from = null)
    {
        var reply = await ExpectAsync(229, "EPSV");
        var port = int.Parse(reply.Split('|')[3], CultureInfo.InvariantCulture);
        return await ConnectDataAsync(port, from);
    }

    /// <summary>Connects to a passive port.</summary>
    public async Task<Socket> ConnectDataAsync(int port, string? from = null)
    {
        var data = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        data.Bind(new IPEndPoint(from is null ? _from : IPAddress.Parse(from), 0));
        await data.ConnectAsync(new IPEndPoint(((IPEndPoint)_control.RemoteEndPoint!).Address, port));
        return data;
    }

    /// <summary>Everything that the server sends for <paramref name="line"/>, and its last answer.</summary>
    public async Task<(byte[] Content, string Reply)> FetchAsync(string line)
    {
        using var data = await OpenDataAsync();
        await ExpectAsync(150, line);
        var content = await ReadToEndAsync(data);
        Data.Add(Encoding.Latin1.GetString(content));
        return (content, await ReplyAsync());
    }

    /// <summary>Sends <paramref name="content"/> for <paramref name="line"/>; the last answer.</summary>
    public async Task<string> StoreAsync(string line, ReadOnlyMemory<byte> content)
    {
        using var data = await OpenDataAsync();
        var reply = await SayAsync(line);
        if (!reply.StartsWith("150", StringComparison.Ordinal))
            return reply;
        try
        {
            while (content.Length > 0)
                content = content[await data.SendAsync(content, SocketFlags.None)..];
            data.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Refused before its end; the answer says why.
        }

        return await ReplyAsync();
    }

    /// <summary>Reads until the other side ends.</summary>
    public static async Task<byte[]> ReadToEndAsync(Socket data)
    {
        using var content = new MemoryStream();
        using var stream = new NetworkStream(data);
        using var limit = new CancellationTokenSource(Patience);
        await stream.CopyToAsync(content, limit.Token);
        return content.ToArray();
    }

    public void Dispose() => _control.Dispose();

    private async Task<string> LineAsync()
    {
        while (true)
        {
            var text = _unread.ToString();
            var end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _unread.Remove(0, end + 2);
                Received.Add(text[..end]);
                return text[..end];
            }

            Assert.True(await ReadAsync(), $"The server ended the connection; unread: {text}");
        }
    }

    private async Task<bool> ReadAsync()
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Patience);
        var read = await _control.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        _unread.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return read > 0;
    }
}
