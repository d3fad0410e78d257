using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary><c>openssl ocsp</c> as a peer: a responder with an index of certificates in a text file, a delegated P-256 key, one connection per answer.</summary>
internal static class OpensslOcspPeer
{
    private const int Certificates = 1000;

    /// <summary>Answers per second, or null where openssl is not installed.</summary>
    public static async Task<double?> MeasureAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "openssl"))))
            return null;
        var directory = Directory.CreateTempSubdirectory("openssl-ocsp-").FullName;
        using var issuer = WriteAuthority(directory);
        var serials = Enumerable.Range(0, Certificates).Select(_ => (byte[])[0x40, .. RandomNumberGenerator.GetBytes(19)]).ToList();
        await File.WriteAllLinesAsync(Path.Combine(directory, "index.txt"), serials.Select((serial, i) => $"V\t391231235959Z\t\t{Convert.ToHexString(serial)}\tunknown\t/CN=board {i}"), cancellationToken);
        var port = FreePort();
        var start = new ProcessStartInfo(
            "openssl",
            ["ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key", "-port", port.ToString(CultureInfo.InvariantCulture), "-multi", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)])
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var server = Process.Start(start)!;
        server.OutputDataReceived += static (_, _) => { };
        server.ErrorDataReceived += static (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        try
        {
            var address = new IPEndPoint(IPAddress.Loopback, port);
            await WaitAsync(address, cancellationToken);
            return await OcspLoad.MeasureAsync(address, "/", serials.ConvertAll(serial => OcspLoad.About(issuer, serial, withNonce: true)), duration, cancellationToken);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task WaitAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address, cancellationToken);
                return;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private static X509Certificate2 WriteAuthority(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var authority = new CertificateRequest("CN=Peer CA", key, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authority.PublicKey, false));
        using var issuer = authority.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        using var responderKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Peer responder", responderKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.9")], false));
        using var responder = request.Create(issuer, now.AddHours(-1), now.AddDays(14), RandomNumberGenerator.GetBytes(12));
        File.WriteAllText(Path.Combine(directory, "ca.pem"), issuer.ExportCertificatePem(), Encoding.ASCII);
        File.WriteAllText(Path.Combine(directory, "responder.pem"), responder.ExportCertificatePem(), Encoding.ASCII);
        File.WriteAllText(Path.Combine(directory, "responder.key"), responderKey.ExportPkcs8PrivateKeyPem(), Encoding.ASCII);
        return X509CertificateLoader.LoadCertificate(issuer.RawData);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
