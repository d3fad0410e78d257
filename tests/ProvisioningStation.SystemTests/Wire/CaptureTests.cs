using System.Net;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Wire;

/// <summary>Somebody who listens to everything between the parts sees nothing but TLS.</summary>
public sealed class CaptureTests
{
    [FactNeedsCapture]
    public async Task EverythingBetweenTheParts_IsTls()
    {
        await using var factory = TestFactory.Prepare();
        var file = Path.Combine(factory.Directory, "capture.pcap");
        using (await CaptureAsync(file, $"tcp portrange {factory.FirstPort}-{factory.LastPort}"))
        {
            var (code, output, error) = await LauncherProcess.RunAsync(factory, "--units", "4", "--exit");
            Assert.True(code == 0, output + error);
        }

        var streams = TlsCapture.Judge(await File.ReadAllBytesAsync(file));
        Assert.True(streams.Count > 40, $"only {streams.Count} streams were seen");
        foreach (var port in new[] { factory.FirstPort, factory.FirstPort + 1, factory.FirstPort + 2, factory.FirstPort + 10, factory.LastPort })
            Assert.Contains(streams.Keys, stream => stream.EndsWith($":{port}", StringComparison.Ordinal));
        Assert.Empty(streams.Where(stream => stream.Value is not null).Select(stream => $"{stream.Key}: {stream.Value}"));
    }

    /// <summary>The check can fail: plain HTTP is seen as such.</summary>
    [FactNeedsCapture]
    public async Task PlainText_IsSeen()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var file = Path.GetTempFileName();
        using (await CaptureAsync(file, $"tcp port {port}"))
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /plan "));
            using var accepted = await listener.AcceptTcpClientAsync();
            Assert.Equal(10, await accepted.GetStream().ReadAtLeastAsync(new byte[10], 10));
            await Wait.UntilAsync("the packet in the file", async () => Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).Contains("GET /plan ", StringComparison.Ordinal));
        }

        var stream = Assert.Single(TlsCapture.Judge(await File.ReadAllBytesAsync(file)));
        Assert.Contains("not a TLS record", stream.Value, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static async Task<IDisposable> CaptureAsync(string file, string filter)
    {
        var process = Tool.Start("tcpdump", ["-i", "lo", "-U", "--immediate-mode", "-B", "65536", "-s", "0", "-Z", Environment.UserName, "-w", file, filter]);
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("listening on", StringComparison.Ordinal))
        {
            // It says so when it listens.
        }

        return new Capture(process);
    }

    private sealed class Capture(System.Diagnostics.Process process) : IDisposable
    {
        public void Dispose()
        {
            Thread.Sleep(300); // the last packets are on their way to the file
            System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
            process.WaitForExit();
            var said = process.StandardError.ReadToEnd();
            process.Dispose();
            Assert.Contains("0 packets dropped by kernel", said, StringComparison.Ordinal);
        }
    }
}

/// <summary>A test that listens on the loopback interface, which only root may.</summary>
public sealed class FactNeedsCaptureAttribute : FactAttribute
{
    public FactNeedsCaptureAttribute()
    {
        if (!Tool.Exists("tcpdump"))
            Skip = "tcpdump is not installed here.";
        else if (!Environment.IsPrivilegedProcess)
            Skip = "Listening on the loopback interface needs root.";
    }
}
