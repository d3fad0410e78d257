using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProvisioningStation.Benchmarks.Issue;

/// <summary>cfssl as a peer: <c>cfssl serve</c> makes a P-256 key and a certificate per request (<c>newcert</c>), over plain HTTP, and stores nothing.</summary>
internal static class CfsslPeer
{
    private const int Callers = 8;

    /// <summary>Certificates per second over <paramref name="duration"/>, or null where cfssl is not installed.</summary>
    public static async Task<double?> MeasureAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "cfssl"))))
            return null;
        var directory = Directory.CreateTempSubdirectory("cfssl-").FullName;
        WriteAuthority(directory);
        var port = FreePort();
        var start = new ProcessStartInfo("cfssl", ["serve", "-address", "127.0.0.1", "-port", port.ToString(CultureInfo.InvariantCulture), "-ca", "ca.pem", "-ca-key", "ca.key", "-loglevel", "4"])
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
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/cfssl/") };
            await WaitAsync(http, cancellationToken);
            await CallAsync(http, TimeSpan.FromSeconds(1), cancellationToken);
            return await CallAsync(http, duration, cancellationToken);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<double> CallAsync(HttpClient http, TimeSpan duration, CancellationToken cancellationToken)
    {
        var made = 0;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var serial = Interlocked.Increment(ref made);
                using var response = await http.PostAsJsonAsync("newcert", Request($"3012-{serial:D6}"), cancellationToken);
                response.EnsureSuccessStatusCode();
                await response.Content.CopyToAsync(Stream.Null, cancellationToken);
            }
        }));
        return made / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static object Request(string name) => new { request = new { hosts = new[] { "board.example" }, CN = name, key = new { algo = "ecdsa", size = 256 }, names = new[] { new { O = "Example Manufacturing" } } } };

    private static async Task WaitAsync(HttpClient http, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var response = await http.PostAsJsonAsync("info", new { label = string.Empty }, cancellationToken);
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private static void WriteAuthority(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Peer CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        File.WriteAllText(Path.Combine(directory, "ca.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "ca.key"), key.ExportECPrivateKeyPem());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
