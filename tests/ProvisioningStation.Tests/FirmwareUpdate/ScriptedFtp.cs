using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The FTP side of a <see cref="ScriptedBoard"/>: the verbs that an update takes.</summary>
internal sealed class ScriptedFtp(ScriptedBoard board) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, Task> _sessions = new();
    private Task _accepting = Task.CompletedTask;
    private volatile bool _isWaiting;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_sessions.Values);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptTcpClientAsync(_end.Token);
                if (board.Armed is null)
                    socket.Close(); // the port is closed
                else
                    _sessions[socket] = ServeAsync(socket);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient socket)
    {
        await Task.Yield();
        try
        {
            using (socket)
            {
                await using var stream = socket.GetStream();
                using var reader = new StreamReader(stream, Encoding.UTF8);
                await SayAsync(stream, "220 ready");
                await new Session(this, board, stream).RunAsync(reader, _end.Token);
            }
        }
        catch (Exception cause) when (cause is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side has gone, or the test is over.
        }
        finally
        {
            _sessions.TryRemove(socket, out _);
        }
    }

    private static Task SayAsync(NetworkStream stream, string line) => stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n")).AsTask();

    private void Restart()
    {
        _isWaiting = false;
        board.Install();
        foreach (var session in _sessions.Keys)
            session.Close();
        board.Started();
    }

    private sealed class Session(ScriptedFtp ftp, ScriptedBoard board, NetworkStream control)
    {
        private TcpListener? _passive;
        private long _offset;
        private bool _isIn;

        public async Task RunAsync(StreamReader reader, CancellationToken cancellationToken)
        {
            try
            {
                while (await reader.ReadLineAsync(cancellationToken) is { } line)
                {
                    var (verb, argument) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, string.Empty);
                    if (verb is not ("USER" or "PASS" or "TYPE" or "EPSV"))
                        await board.NoteAsync($"FTP {line}");
                    await AnswerAsync(verb, argument, cancellationToken);
                }
            }
            finally
            {
                _passive?.Stop();
            }
        }

        private Task AnswerAsync(string verb, string argument, CancellationToken cancellationToken) => verb switch
        {
            "USER" => SayAsync(control, "331 password"),
            "PASS" => LogInAsync(argument),
            _ when !_isIn => SayAsync(control, "530 log in first"),
            "TYPE" or "ABOR" => SayAsync(control, verb == "TYPE" ? "200 binary" : "226 nothing to break off"),
            "EPSV" => ListenAsync(),
            "SIZE" => SayAsync(control, board.Part.Length == 0 ? "550 none" : $"213 {board.Part.Length}"),
            "REST" => RestAsync(argument),
            "RETR" => RetrieveAsync(argument, cancellationToken),
            "STOR" => StoreAsync(cancellationToken),
            "STAT" => StatusAsync(),
            _ => SayAsync(control, "502 unknown"),
        };

        private async Task LogInAsync(string password)
        {
            _isIn = password == board.Armed && !board.RefusesLogins;
            board.IsUsed |= _isIn;
            await SayAsync(control, _isIn ? "230 in" : "530 no");
            if (!_isIn)
                await board.Refused();
        }

        private Task ListenAsync()
        {
            _passive?.Stop();
            _passive = new TcpListener(IPAddress.Loopback, 0);
            _passive.Start();
            return SayAsync(control, $"229 passive (|||{((IPEndPoint)_passive.LocalEndpoint).Port}|)");
        }

        private Task RestAsync(string argument)
        {
            _offset = long.Parse(argument, CultureInfo.InvariantCulture);
            return SayAsync(control, "350 go on");
        }

        private async Task RetrieveAsync(string path, CancellationToken cancellationToken)
        {
            var content = path switch
            {
                "/version.txt" => Encoding.ASCII.GetBytes(board.Version + "\n"),
                _ when path.EndsWith(".img", StringComparison.Ordinal) => board.Part,
                _ => board.ApplicationVersion is { } version ? Encoding.ASCII.GetBytes(version + "\n") : null,
            };
            if (content is null)
            {
                await SayAsync(control, "550 none");
                return;
            }

            using var data = await OpenAsync(cancellationToken);
            try
            {
                await data.GetStream().WriteAsync(content, cancellationToken);
                data.Close();
                await SayAsync(control, "226 sent");
            }
            catch (IOException)
            {
                await SayAsync(control, "426 broken off");
            }
        }

        private async Task StoreAsync(CancellationToken cancellationToken)
        {
            var received = new MemoryStream();
            received.Write(board.Part.AsSpan(0, (int)_offset));
            _offset = 0;
            using var data = await OpenAsync(cancellationToken);
            var left = board.Cuts.TryDequeue(out var cut) ? cut : int.MaxValue;
            var buffer = new byte[16 * 1024];
            try
            {
                for (int count; left > 0 && (count = await data.GetStream().ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)), cancellationToken)) > 0; left -= count)
                    received.Write(buffer, 0, count);
            }
            catch (IOException)
            {
                // Broken off: what came stays.
            }

            board.Part = received.ToArray();
            if (left == 0)
                throw new IOException("The connection was cut.");
            if (board.Refusals.TryDequeue(out var reason))
            {
                board.Part = [];
                await SayAsync(control, reason);
                return;
            }

            if (ImageHeader.Read(board.Part.AsSpan(0, ImageHeader.LengthOf(board.Part))).ImageLength != board.Part.Length)
            {
                await SayAsync(control, "426 broken off");
                return;
            }

            if (board.LosesAnswer)
                board.LosesAnswer = false;
            else
                await SayAsync(control, "226 whole");
            ftp._isWaiting = true;
            if (board.Jobs.IsEmpty)
                ftp.Restart();
        }

        private Task StatusAsync()
        {
            if (!ftp._isWaiting)
                return SayAsync(control, $"211-State\r\n{string.Join("\r\n", board.Status.Select(line => " " + line))}\r\n211 End");
            if (board.Jobs.TryDequeue(out var job))
                return SayAsync(control, $"211-State\r\n State: Waiting\r\n Detail: {job}\r\n211 End");
            ftp.Restart();
            return Task.CompletedTask;
        }

        private async Task<TcpClient> OpenAsync(CancellationToken cancellationToken)
        {
            await SayAsync(control, "150 opening");
            return await _passive!.AcceptTcpClientAsync(cancellationToken);
        }
    }
}
