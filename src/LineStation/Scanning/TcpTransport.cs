using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A scanner on the network to which the station connects.</summary>
/// <param name="options">Where it is.</param>
/// <param name="quiet">How long nothing has to come until what it kept counts as dropped; a twentieth of a second where none is given.</param>
internal sealed class TcpTransport(ScannerOptions options, TimeSpan? quiet = null) : IScannerTransport
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private readonly NetworkAddress _address = NetworkAddress.Parse(options.Address!);

    /// <inheritdoc/>
    public ScanSource Source => ScanSource.Tcp;

    /// <inheritdoc/>
    public string Name => _address.ToString();

    /// <inheritdoc/>
    public TimeSpan LongestPause => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IScannerConnection Open(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            EndPoint target = IPAddress.TryParse(_address.Host, out var address) ? new IPEndPoint(address, _address.Port) : new DnsEndPoint(_address.Host, _address.Port);
            socket.ConnectAsync(target, limit.Token).AsTask().GetAwaiter().GetResult(); // this thread has nothing else to do
            var connection = new TcpConnection(socket, Name);
            connection.DropStaleInput(quiet ?? Settling);
            return connection;
        }
        catch (Exception cause)
        {
            socket.Dispose();
            if (cause is IOException || cancellationToken.IsCancellationRequested)
                throw;
            var why = cause is OperationCanceledException ? $"no answer within {ConnectTimeout.TotalSeconds:0} seconds" : cause.Message;
            throw new IOException($"The scanner at {Name} can't be reached: {why}. Check its power, its cable and Scanner:Address.", cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A socket is the connection's.
    }
}
