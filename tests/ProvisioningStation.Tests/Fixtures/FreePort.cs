using System.Net;
using System.Net.Sockets;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A port for a listener that has to be named before it listens, or comes back where it was. Below the ports that outgoing connections of other tests are given.</summary>
internal static class FreePort
{
    public static int Find()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var port = Random.Shared.Next(15_000, 32_000);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
