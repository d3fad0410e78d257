using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ProvisioningStation.Benchmarks.Scale;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>
/// What no station can do without, measured bare: full handshakes of mutual TLS 1.3 with the factory's own P-256 certificates over loopback, and waits for the disk. A unit needs one handshake
/// with the board as it comes and one for the proof, and the terminal stores four reports of it.
/// </summary>
internal static class UnitFloor
{
    private const int Rounds = 300;
    private const int Handshakes = 2;
    private const int Waits = 4;

    public static void AddUnitFloor(this Figures figures, FactoryLayout layout)
    {
        var disk = FsyncFloor.Measure(layout.CommunicationTerminal);
        using var server = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.CommunicationTerminal));
        using var client = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Operator));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Serve(listener, server);
        var shaking = new List<double>(Rounds);
        for (var round = 0; round < Rounds; round++)
            shaking.Add(Shake((IPEndPoint)listener.LocalEndpoint, client));
        shaking.RemoveRange(0, Rounds / 3); // code
        var units = shaking.Chunk(Handshakes).Zip(disk.Chunk(Waits), static (handshakes, waits) => handshakes.Sum() + waits.Sum()).ToList();
        figures.Add("handshake_floor_p50_ms", Figures.Percentile(shaking, 50), "ms", "one full handshake of mutual TLS 1.3, P-256, SslStream, both sides here");
        figures.Add("handshake_floor_p99_ms", Figures.Percentile(shaking, 99), "ms", string.Empty);
        figures.Add("fsync_p50_ms", Figures.Percentile(disk, 50), "ms", "the disk alone");
        figures.Add("fsync_p99_ms", Figures.Percentile(disk, 99), "ms", string.Empty);
        figures.Add("unit_floor_p50_ms", Figures.Percentile(units, 50), "ms", $"{Handshakes} handshakes and {Waits} waits for the disk, nothing else");
    }

    private static void Serve(TcpListener listener, TlsIdentity identity)
    {
        var thread = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    using var connection = listener.AcceptTcpClient();
                    connection.NoDelay = true;
                    using var stream = new SslStream(connection.GetStream());
                    stream.AuthenticateAsServer(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = identity.Context,
                        EnabledSslProtocols = SslProtocols.Tls13,
                        AllowTlsResume = false,
                        ClientCertificateRequired = true,
                        CertificateChainPolicy = PeerVerification.PolicyForClients(identity.Root),
                    });
                    stream.WriteByte(1);
                    stream.ReadByte();
                }
            }
            catch (Exception cause) when (cause is SocketException or IOException or ObjectDisposedException)
            {
                // The listener is closed: it has been measured.
            }
        }) { IsBackground = true };
        thread.Start();
    }

    private static double Shake(IPEndPoint address, TlsIdentity identity)
    {
        var started = Stopwatch.GetTimestamp();
        using var connection = new TcpClient { NoDelay = true };
        connection.Connect(address);
        using var stream = new SslStream(connection.GetStream());
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = address.Address.ToString(),
            ClientCertificateContext = identity.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false,
            CertificateChainPolicy = PeerVerification.PolicyForServers(identity.Root),
            RemoteCertificateValidationCallback = static (_, _, _, errors) => !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors),
        });
        stream.ReadByte(); // the server has accepted the client's certificate
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
