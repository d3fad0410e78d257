using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>How an image goes to a board.</summary>
internal enum Way
{
    /// <summary>A whole FTP session, as an update has it.</summary>
    Ftp,

    /// <summary>HTTPS PUT to the same inbox.</summary>
    Tls,

    /// <summary>Only FTP's data connection; the board throws away what comes.</summary>
    FtpNowhere,

    /// <summary>HTTPS PUT; the board throws away what comes.</summary>
    TlsNowhere,
}

/// <summary>One transfer.</summary>
internal sealed record SendOrder(Way Way, string File, Uri Board, string Ftp, string Password);

/// <summary>What it took: from the connection to the answer that all is there, and of this program's CPU.</summary>
internal sealed record SendResult(double Seconds, double CpuSeconds, string? Problem);

/// <summary>The updating side's end of both ways in a program of its own, so that its CPU is told apart. Orders come in on standard input, one JSON line each; results go out likewise.</summary>
internal static class ImageSender
{
    /// <summary>The argument that makes this program one.</summary>
    public const string Command = "firmware-sender";

    private const int BufferSize = 256 * 1024;

    public static async Task<int> RunAsync(string data)
    {
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(data));
        while (await Console.In.ReadLineAsync() is { } line)
            Console.WriteLine(JsonSerializer.Serialize(await MeasureAsync(JsonSerializer.Deserialize<SendOrder>(line)!, identity)));
        return 0;
    }

    private static async Task<SendResult> MeasureAsync(SendOrder order, TlsIdentity identity)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        try
        {
            await (order.Way switch
            {
                Way.Ftp => SendByFtpAsync(order),
                Way.Tls => PutAsync(order, "firmware.img", identity),
                Way.FtpNowhere => SendPlainAsync(order, identity),
                _ => PutAsync(order, "nowhere", identity),
            });
            return new SendResult(Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, null);
        }
        catch (Exception cause) when (cause is FtpException or HttpRequestException or SocketException or IOException)
        {
            return new SendResult(0, 0, cause.Message);
        }
    }

    private static async Task SendByFtpAsync(SendOrder order)
    {
        await using var ftp = await FtpClient.ConnectAsync(new FtpEndpoint(IPEndPoint.Parse(order.Ftp), NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, CancellationToken.None);
        await ftp.LogInAsync("G1", order.Password, CancellationToken.None);
        await using (var image = Open(order.File))
            await ftp.StoreAsync("/firmware.img", image, 0, null, CancellationToken.None);
        await ftp.QuitAsync(CancellationToken.None);
    }

    private static async Task PutAsync(SendOrder order, string path, TlsIdentity identity)
    {
        using var http = Client(order, identity);
        using var content = new StreamContent(Open(order.File), BufferSize);
        using var response = await http.PutAsync(new Uri(path, UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
    }

    private static async Task SendPlainAsync(SendOrder order, TlsIdentity identity)
    {
        using var http = Client(order, identity);
        using var response = await http.PostAsync(new Uri("nowhere", UriKind.Relative), null);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(await response.Content.ReadAsStringAsync(), CultureInfo.InvariantCulture));
        await socket.SendFileAsync(order.File);
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(new byte[1]);
    }

    private static HttpClient Client(SendOrder order, TlsIdentity identity) =>
        new(identity.CreateHandler(_ => true, "the board")) { BaseAddress = order.Board, Timeout = TimeSpan.FromMinutes(10) };

    private static FileStream Open(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
}
