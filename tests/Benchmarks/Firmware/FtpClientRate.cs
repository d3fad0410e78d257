using System.Diagnostics;
using System.Net;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Ftp;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>
/// One image from memory to memory over loopback into vsftpd: by the updating side's FTP client and by lftp in turn, so that both see the same noise of the machine. A session each time, from the
/// connection to the good-bye; lftp's start as a process is in its time, some hundredths of a second.
/// </summary>
internal static class FtpClientRate
{
    public static async Task RunAsync(long length, int rounds, Figures figures, CancellationToken cancellationToken)
    {
        if (PeerTransfer.FindMissing() is { } missing)
        {
            Console.WriteLine($"ftp-client is left out: {missing}");
            return;
        }

        using var image = new ImageInMemory(length);
        var password = OneTimePassword.Create();
        await using var server = await ForeignFtpServer.StartAsync("vsftpd", IPAddress.Loopback, password, ImageInMemory.Folder);
        var (own, peer, cpu) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var seconds = await StoreAsync(server, password, image, cancellationToken);
            var used = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            PeerTransfer.Remove(server, length);
            var peerSeconds = await PeerTransfer.StoreAsync(server, password, image.Path, cancellationToken);
            PeerTransfer.Remove(server, length);
            if (round == 0)
                continue; // warms both up
            own.Add(length / seconds);
            peer.Add(length / peerSeconds);
            cpu.Add(used / length * 1e9);
        }

        var remark = $"{length >> 20} MiB, median of {rounds}, in turn";
        figures.Add("ftp_client_bytes_per_second", Figures.Median(own), "B/s", $"our client → vsftpd, {remark}");
        figures.Add("lftp_vsftpd_bytes_per_second", Figures.Median(peer), "B/s", $"lftp → vsftpd, {remark}");
        figures.Add("ftp_client_ratio", Figures.Median(own) / Figures.Median(peer), "", "the first by the second: 0.8 is asked for");
        figures.Add("ftp_client_cpu_s_per_gb", Figures.Median(cpu), "s", "of this process, for 10⁹ bytes");
    }

    private static async Task<double> StoreAsync(ForeignFtpServer server, string password, ImageInMemory image, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var client = await FtpClient.ConnectAsync(new FtpEndpoint(server.Address, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, cancellationToken);
        await client.LogInAsync(server.User, password, cancellationToken);
        await using (var content = new FileStream(image.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous))
            await client.StoreAsync($"{server.Folder}/{PeerTransfer.FileName}", content, 0, null, cancellationToken);
        await client.QuitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
