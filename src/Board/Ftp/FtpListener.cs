using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The open FTP port: serves one client at a time, from one address (U-23).</summary>
internal sealed class FtpListener : IDisposable
{
    /// <summary>Whoever finds the queue full waits for a greeting that never comes, because the kernel has forgotten him.</summary>
    private const int Backlog = 128;

    /// <summary>So many may wait for the session before theirs to end.</summary>
    private const int MostWaiting = 4;

    /// <summary>Who comes again at once is not to meet the end of its own session before.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly FtpDoor _door;
    private readonly Func<Socket, FtpSession> _serve;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _place = new(1, 1);
    private FtpSession? _session;
    private int _waiting;
    private volatile bool _closed;

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
        while (!_closed)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                if (IsExpected(socket))
                    _ = AdmitAsync(socket);
                else
                    socket.Dispose();
            }
            catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
            {
                if (!_closed)
                    await Task.Delay(AcceptPause); // out of sockets, or a client that has gone already
            }
        }

        await _place.WaitAsync(); // the session is over
        _place.Release();
    }

    private async Task AdmitAsync(Socket socket)
    {
        using (socket)
        {
            if (!await TakePlaceAsync())
            {
                await RefuseAsync(socket);
                return;
            }

            try
            {
                await ServeAsync(socket);
            }
            finally
            {
                _place.Release();
            }
        }
    }

    private async Task<bool> TakePlaceAsync()
    {
        if (_place.Wait(TimeSpan.Zero))
            return true;
        try
        {
            return Interlocked.Increment(ref _waiting) <= MostWaiting && await _place.WaitAsync(Grace);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private bool IsExpected(Socket socket) => socket.RemoteEndPoint is IPEndPoint from && FtpDoor.Plain(from.Address).Equals(_door.Address);

    private static async Task RefuseAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync(new FtpReply(421, "Another session is open. Come again when it is over.").ToBytes(), SocketFlags.None);
        }
        catch (SocketException)
        {
            // It has gone already.
        }
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

            try
            {
                await session.RunAsync();
            }
            finally
            {
                lock (_gate)
                    _session = null; // before it is disposed of: nobody ends it then
            }
        }
        catch (SocketException)
        {
            // It had gone before it was served.
        }
    }
}
