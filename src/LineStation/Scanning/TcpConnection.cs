using System.Net.Sockets;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A scanner on the network that is connected. A pulled cable is noticed within ten seconds, whether something is on its way to the scanner or not.</summary>
internal sealed class TcpConnection : IScannerConnection
{
    private const int ReadWait = 100_000; // microseconds
    private const int DeadAfter = 8; // seconds
    private const int MostStale = 64 * 1024;
    private const int TcpProtocol = 6; // IPPROTO_TCP
    private const int UserTimeout = 18; // TCP_USER_TIMEOUT of Linux

    private readonly Socket _socket;
    private readonly string _peer;

    /// <summary>Takes a socket that is connected.</summary>
    public TcpConnection(Socket socket, string peer)
    {
        (_socket, _peer) = (socket, peer);
        socket.NoDelay = true;
        socket.SendTimeout = 500;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, DeadAfter / 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, DeadAfter / 2);
        if (OperatingSystem.IsLinux()) // keep-alive rests while something sent is not acknowledged
            socket.SetRawSocketOption(TcpProtocol, UserTimeout, BitConverter.GetBytes(DeadAfter * 1000));
    }

    /// <inheritdoc/>
    public bool OpenedMidFrame { get; private set; }

    /// <summary>Drops what comes until nothing has come for <paramref name="quiet"/>: scans that the scanner kept while nobody was connected.</summary>
    public void DropStaleInput(TimeSpan quiet)
    {
        Span<byte> stale = stackalloc byte[1024];
        var last = (byte)'\r';
        for (var total = 0; total < MostStale; total += stale.Length)
        {
            var count = Read(stale, (int)quiet.TotalMicroseconds);
            if (count == 0)
                break;
            last = stale[count - 1];
        }

        OpenedMidFrame = !ScanFrames.IsEndMark(last);
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer) => Read(buffer, ReadWait);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[_socket.Send(bytes, SocketFlags.None)..];
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            throw new IOException($"The scanner at {_peer} takes no commands: {cause.Message}.", cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Read(Span<byte> buffer, int microseconds)
    {
        try
        {
            if (!_socket.Poll(microseconds, SelectMode.SelectRead))
                return 0;
            return _socket.Receive(buffer) is > 0 and var count ? count : throw new IOException($"The scanner at {_peer} closed the connection.");
        }
        catch (SocketException cause)
        {
            throw new IOException($"The scanner at {_peer} is gone: {cause.Message}.", cause);
        }
    }
}
