using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// A scanner on the network that connects to the station. Nothing counts as stale here: scanners that connect for each scan send it at once. A new connection takes the place of the one before:
/// a scanner that lost its power never closed that one.
/// </summary>
internal sealed class TcpListenTransport(ScannerOptions options) : IScannerTransport
{
    private const int Wait = 100_000; // microseconds
    private const int WaitsPerOpen = 10;

    private readonly NetworkAddress _address = NetworkAddress.Parse(options.Address!);
    private Socket? _listener;

    /// <inheritdoc/>
    public ScanSource Source => ScanSource.Tcp;

    /// <inheritdoc/>
    public string Name => $"listening on {_address}";

    /// <inheritdoc/>
    public TimeSpan LongestPause => TimeSpan.Zero; // the opening itself waits

    /// <inheritdoc/>
    public IScannerConnection Open(CancellationToken cancellationToken)
    {
        try
        {
            _listener ??= Listen();
            for (var i = 0; i < WaitsPerOpen; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_listener.Poll(Wait, SelectMode.SelectRead))
                    return Accept(_listener);
            }
        }
        catch (SocketException cause)
        {
            _listener?.Dispose();
            _listener = null;
            throw new IOException($"The station can't listen on {_address} for a scanner: {cause.Message}. Correct Scanner:Address.", cause);
        }

        throw new IOException($"No scanner has connected to {_address}. Check its power, its cable, and which address it was told.");
    }

    /// <inheritdoc/>
    public void Dispose() => _listener?.Dispose();

    private static Accepted Accept(Socket listener)
    {
        var socket = listener.Accept();
        return new Accepted(new TcpConnection(socket, $"{socket.RemoteEndPoint}"), listener);
    }

    private Socket Listen()
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(new IPEndPoint(IPAddress.Parse(_address.Host), _address.Port));
            listener.Listen(1);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private sealed class Accepted(TcpConnection connection, Socket listener) : IScannerConnection
    {
        public bool OpenedMidFrame => connection.OpenedMidFrame;

        public int Read(Span<byte> buffer)
        {
            if (connection.Read(buffer) is > 0 and var count)
                return count;
            return listener.Poll(0, SelectMode.SelectRead) ? throw new IOException("The scanner connected anew.") : 0;
        }

        public void Write(ReadOnlySpan<byte> bytes) => connection.Write(bytes);

        public void Dispose() => connection.Dispose();
    }
}
