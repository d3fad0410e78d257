using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The open FTP port: serves one client at a time, from one address (U-23).</summary>
internal sealed class FtpListener : IDisposable
{
    /// <summary>Whoever finds the queue full waits for a greeting that never comes, because the kernel has forgotten him.</summary>
    private const int Backlog = 128;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly FtpDoor _door;
    private readonly Func<Socket, FtpSession> _serve;
    private readonly Lock _gate = new();
    private FtpSession? _session;
    private bool _closed;

    public FtpListener(IPEndPoint address, FtpDoor door, Func<Socket, FtpSession> serve)
    {
        _door = door;
        _serve = serve;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.Address.Equals(IPAddress.IPv6Any))
            _listener.DualMode = true;
        try
        {
            _listener.Bind(address);
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Done = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Ends when it is closed and its last session is over.</summary>
    public Task Done { get; }

    /// <summary>Closes the port, at once, and ends the session.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _listener.Dispose();
            _session?.End("FTP is closed.");
        }
    }

    private async Task AcceptAsync()
    {
        var serving = Task.CompletedTask;
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                if (!IsExpected(socket))
                    socket.Dispose();
                else if (!serving.IsCompleted)
                    await RefuseAsync(socket);
                else
                    serving = ServeAsync(socket);
            }
            catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
            {
                if (_closed)
                    break;
                await Task.Delay(AcceptPause); // out of sockets, or a client that has gone already
            }
        }

        await serving;
    }

    private bool IsExpected(Socket socket) => socket.RemoteEndPoint is IPEndPoint from && FtpDoor.Plain(from.Address).Equals(_door.Address);

    private static async Task RefuseAsync(Socket socket)
    {
        using (socket)
            await socket.SendAsync(new FtpReply(421, "Another session is open. Come again when it is over.").ToBytes(), SocketFlags.None);
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            await using var session = _serve(socket);
            lock (_gate)
            {
                _session = session;
                if (_closed)
                    session.End("FTP is closed.");
            }

            await session.RunAsync();
            lock (_gate)
                _session = null;
        }
        catch (SocketException)
        {
            socket.Dispose(); // it had gone before it was served
        }
    }
}
