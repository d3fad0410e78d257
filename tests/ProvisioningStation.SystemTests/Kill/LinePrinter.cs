using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>A printer on the network that takes PDF on its raw port, and keeps every sheet that it got whole.</summary>
public sealed class LinePrinter : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<byte[]> _sheets = new();

    public LinePrinter()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Every sheet, in the order they came.</summary>
    public IReadOnlyCollection<byte[]> Sheets => _sheets;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using var connection = await _listener.AcceptTcpClientAsync();
                using var sheet = new MemoryStream();
                await connection.GetStream().CopyToAsync(sheet);
                var bytes = sheet.ToArray();
                if (Encoding.Latin1.GetString(bytes).TrimEnd().EndsWith("%%EOF", StringComparison.Ordinal)) // half a sheet is no sheet
                    _sheets.Enqueue(bytes);
            }
            catch (Exception cause) when (cause is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (Exception cause) when (cause is IOException or SocketException)
            {
                // The station was killed in the middle of a sheet.
            }
        }
    }
}
