using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>
/// A port for a listener that has to be named before it listens, or comes back where it was. Below the ports that outgoing connections of other tests are given, above those of the system tests' factories,
/// and never given twice: whoever has one may listen there when it likes.
/// </summary>
internal static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>The port; the first of them where several in a row are wanted.</summary>
    public static int Find(int count = 1)
    {
        while (true)
        {
            var first = Random.Shared.Next(24_000, 32_000 - count);
            if (Enumerable.Range(first, count).All(port => Given.TryAdd(port, true) && IsFree(port)))
                return first;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
