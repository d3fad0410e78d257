using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ProvisioningStation.Hosting;

/// <summary>
/// The network port of this machine that connections leave through. Bound by its name (SO_BINDTODEVICE), a connection uses it whatever the routing table says: peers that all have one and
/// the same address, each on a port of its own, are then told apart (P-3). Bound by a local address (bind), it comes from that address.
/// </summary>
/// <param name="name">The kernel's name of the interface, such as <c>eth1</c>; null leaves the choice to the routing table.</param>
/// <param name="localAddress">An address of this machine; null leaves the choice to the kernel.</param>
public sealed partial class NetworkPort(string? name, IPAddress? localAddress)
{
    private const int SolSocket = 1;
    private const int SoBindToDevice = 25;
    private const nuint GetInterfaceFlags = 0x8913; // SIOCGIFFLAGS, netdevice(7)
    private const int Up = 0x1;
    private const int Running = 0x40; // up and with a carrier
    private const int NoSuchDevice = 19;

    /// <summary>No particular port.</summary>
    public static NetworkPort Any { get; } = new(null, null);

    /// <summary>The interface's name, null where none is required.</summary>
    public string? Name => name;

    /// <summary>Whether anything is required.</summary>
    public bool IsBound => name is not null || localAddress is not null;

    /// <summary>Makes every connection of <paramref name="handler"/> leave through this port. Addresses are then IP addresses: a name server would be asked through any port.</summary>
    public void Bind(SocketsHttpHandler handler)
    {
        if (IsBound)
            handler.ConnectCallback = ConnectAsync;
    }

    /// <summary>What keeps connections from leaving through this port now, in a sentence for people; null where nothing does. Costs a few system calls.</summary>
    public string? FindProblem()
    {
        if (!IsBound)
            return null;
        try
        {
            using var socket = Open(localAddress?.AddressFamily ?? AddressFamily.InterNetwork);
            return name is null ? null : FindLinkProblem(socket);
        }
        catch (NetworkPortException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>A TCP socket that is bound to this port.</summary>
    /// <exception cref="NetworkPortException">The interface or the address is not there, or this program may not bind to it.</exception>
    public Socket Open(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (name is not null)
                BindToInterface(socket);
            if (localAddress is not null)
                BindToAddress(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var address = IPAddress.Parse(context.DnsEndPoint.Host);
        var socket = Open(address.AddressFamily);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void BindToInterface(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SolSocket, SoBindToDevice, Encoding.ASCII.GetBytes(name + "\0"));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new NetworkPortException(
                $"The kernel does not let this program bind to the network interface '{name}'. Kernels before 5.7 ask for CAP_NET_RAW: run it as root, or give it that capability (systemd: AmbientCapabilities=CAP_NET_RAW).",
                isForbidden: true);
        }
        catch (SocketException)
        {
            throw Missing();
        }
    }

    private void BindToAddress(Socket socket)
    {
        try
        {
            socket.Bind(new IPEndPoint(localAddress!, 0));
        }
        catch (SocketException refused)
        {
            var known = NetworkInterface.GetAllNetworkInterfaces()
                .Where(port => name is null || port.Name == name)
                .SelectMany(port => port.GetIPProperties().UnicastAddresses.Select(address => address.Address.ToString()));
            throw new NetworkPortException($"{localAddress} can't be used as the local address: {refused.Message}. {(name is null ? "This machine" : $"'{name}'")} has: {Listed(known)}.", isForbidden: false);
        }
    }

    /// <summary>By ioctl and not from <c>/sys/class/net</c>, which shows the network namespace that it was mounted in and not the program's own.</summary>
    private string? FindLinkProblem(Socket socket)
    {
        Span<byte> request = stackalloc byte[40]; // struct ifreq: 16 bytes of name, then the flags
        Encoding.ASCII.GetBytes(name!, request);
        if (Control((int)socket.SafeHandle.DangerousGetHandle(), GetInterfaceFlags, ref MemoryMarshal.GetReference(request)) < 0)
            return Marshal.GetLastPInvokeError() == NoSuchDevice ? Missing().Message : $"The network interface '{name}' can't be looked at: {Marshal.GetLastPInvokeErrorMessage()}.";
        var flags = MemoryMarshal.Read<short>(request[16..]);
        if ((flags & Up) == 0)
            return $"The network interface '{name}' is switched off. Switch it on: ip link set {name} up";
        return (flags & Running) != 0 ? null : $"No cable: the network interface '{name}' has no link. Plug the cross cable in at both ends, and see that the board has power.";
    }

    private NetworkPortException Missing() =>
        new($"There is no network interface '{name}' on this machine; there are: {Listed(NetworkInterface.GetAllNetworkInterfaces().Select(port => port.Name))}.", isForbidden: false);

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } list ? list : "none";

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, ref byte argument);
}

/// <summary>A connection can't leave through the network port that was asked for; the message says why and what to do.</summary>
public sealed class NetworkPortException(string message, bool isForbidden) : IOException(message)
{
    /// <summary>Whether the kernel does not allow it: nothing that a cable could mend.</summary>
    public bool IsForbidden => isForbidden;
}
