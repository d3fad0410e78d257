using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>A passive port that waits for one data connection (RFC 959, 4.1.2; RFC 2428), at the address that the control connection came to.</summary>
internal sealed class DataPort : IDisposable
{
    private readonly Socket _listener;

    private DataPort(Socket listener) => _listener = listener;

    /// <summary>Its number.</summary>
    public int Number => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Opens a free port of the range, from a random one on; null where all are taken.</summary>
    public static DataPort? Open(IPAddress address, (int First, int Last) range)
    {
        var count = range.Last - range.First + 1;
        var start = Random.Shared.Next(count); // spreads them; that nobody else gets in is not left to chance
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, range.First + ((start + i) % count)));
                socket.Listen(4);
                return new DataPort(socket);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    /// <summary>The first connection from <paramref name="client"/>; others are ended without a word.</summary>
    public async Task<Socket> AcceptAsync(IPAddress client, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = await _listener.AcceptAsync(cancellationToken);
            if (socket.RemoteEndPoint is IPEndPoint from && from.Address.Equals(client))
                return socket;
            socket.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
