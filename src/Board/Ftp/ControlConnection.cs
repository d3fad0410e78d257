using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The control connection: command lines in, answers out.</summary>
internal sealed class ControlConnection : IDisposable
{
    private const int BufferSize = 1024;

    private readonly Socket _socket;
    private readonly CommandLineParser _parser = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly SemaphoreSlim _saying = new(1, 1);
    private Task<CommandLine?>? _next;
    private int _from;
    private int _to;

    public ControlConnection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true); // ABOR may come behind urgent data (RFC 959, 4.1.3)
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true); // one session only: a client that is gone must not hold it
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    /// <summary>Whether the client has sent a line that is longer than any may be.</summary>
    public bool IsFlooded => _parser.IsTooLong;

    /// <summary>The next line, which stays the next one until <see cref="Take"/>; null where there will be none.</summary>
    public Task<CommandLine?> PeekAsync() => _next ??= ReadAsync();

    /// <summary>Passes on to the line behind the one that was peeked at.</summary>
    public void Take() => _next = null;

    /// <summary>Sends an answer.</summary>
    /// <exception cref="SocketException">The client has gone.</exception>
    public async Task SayAsync(FtpReply reply, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = reply.ToBytes();
        await _saying.WaitAsync(cancellationToken);
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
        finally
        {
            _saying.Release();
        }
    }

    /// <summary>Ends the connection, and whatever waits for a line.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _saying.Dispose();
    }

    private async Task<CommandLine?> ReadAsync()
    {
        await Task.Yield(); // a client that sends without end must not fill the stack
        while (true)
        {
            var line = _parser.Take(_buffer.AsSpan(_from, _to - _from), out var taken);
            Array.Clear(_buffer, _from, taken);
            _from += taken;
            if (line is not null)
                return line;
            if (_parser.IsTooLong)
                return null;
            try
            {
                (_from, _to) = (0, await _socket.ReceiveAsync(_buffer, SocketFlags.None));
            }
            catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
            {
                return null;
            }

            if (_to == 0)
                return null;
        }
    }
}
