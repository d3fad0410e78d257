using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>
/// A passive port for one data connection (RFC 959, 4.1.2; RFC 2428), at the address that the control connection came to. It takes the first connection from the client and closes; whoever else comes is disconnected without
/// a word, from the beginning, so that nobody can fill the queue.
/// </summary>
internal sealed class DataPort : IDisposable
{
    private readonly Socket _listener;
    private readonly Task<Socket> _first;
    private int _taken;

    private DataPort(Socket listener, IPAddress client)
    {
        _listener = listener;
        Number = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _first = AcceptAsync(client);
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Opens a free port of the range, from a random one on; null where all are taken.</summary>
    public static DataPort? Open(IPAddress address, (int First, int Last) range, IPAddress client)
    {
        var count = range.Last - range.First + 1;
        var start = Random.Shared.Next(count); // spreads them; that nobody else gets in is not left to chance
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, range.First + ((start + i) % count)));
                socket.Listen(16);
                return new DataPort(socket, client);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    /// <summary>Waits for the client's connection.</summary>
    /// <exception cref="SocketException">The port can't accept.</exception>
    public async Task<Socket> TakeAsync(CancellationToken cancellationToken)
    {
        var socket = await _first.WaitAsync(cancellationToken);
        return Interlocked.Exchange(ref _taken, 1) == 0 ? socket : throw new ObjectDisposedException(nameof(DataPort));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        if (Interlocked.Exchange(ref _taken, 1) == 0)
            _ = EndAsync();
    }

    private async Task<Socket> AcceptAsync(IPAddress client)
    {
        using (_listener)
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                if (socket.RemoteEndPoint is IPEndPoint from && from.Address.Equals(client))
                    return socket;
                socket.Dispose();
            }
        }
    }

    private async Task EndAsync()
    {
        try
        {
            (await _first).Dispose(); // it came, and was not asked for
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            // Nobody came.
        }
    }
}
