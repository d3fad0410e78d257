using System.Net;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Ftp;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>
/// The load claim (U-25): the CPU that one gigabyte costs board and updating side over FTP and over TLS, with and without the check of the image; and how fast the image gets there, beside lftp → vsftpd.
/// All ways in turn, so that each sees the same noise of the machine. Once more on a processor without instructions for cryptography, because boards have such.
/// </summary>
internal static class LoadRates
{
    /// <summary>Hides from OpenSSL what a small controller does not have: AES-NI, PCLMULQDQ, SHA, VAES, VPCLMULQDQ.</summary>
    private static readonly Dictionary<string, string> PlainProcessor = new(StringComparer.Ordinal) { ["OPENSSL_ia32cap"] = "~0x200000200000000:~0x60020000000" };

    public static async Task RunAsync(long length, int rounds, Figures figures, CancellationToken cancellationToken)
    {
        using var floor = new FirmwareFloor();
        var image = floor.WriteImage("image", length);
        Console.WriteLine($"load: {length >> 20} MiB, {floor.Kind}, {rounds} rounds, {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC");
        var remark = $"for 10⁹ bytes, median of {rounds}, in turn; {floor.Kind}";
        var (rates, peer) = await MeasureAsync(floor, "board", image, rounds, new Dictionary<string, string>(StringComparer.Ordinal), withPeer: true, cancellationToken);
        Add(figures, rates, string.Empty, remark);
        figures.Add("ftp_bytes_per_second", rates[Way.Ftp].Rate, "B/s", "our client → board, which checks and keeps it");
        figures.Add("tls_bytes_per_second", rates[Way.Tls].Rate, "B/s", "HTTPS PUT → board, which checks and keeps it");
        if (peer is not null)
        {
            figures.Add("lftp_vsftpd_bytes_per_second", peer.Value, "B/s", "lftp → vsftpd, which checks nothing; in turn with ours");
            figures.Add("ftp_lftp_ratio", rates[Way.Ftp].Rate / peer.Value, "", "the first by the third: 0.8 is asked for");
        }

        var (plain, _) = await MeasureAsync(floor, "plain-board", floor.WriteImage("short-image", length / 4), 3, PlainProcessor, withPeer: false, cancellationToken);
        Add(figures, plain, "_plain", "both ends without instructions for AES and SHA; for 10⁹ bytes, median of 3");
    }

    private static async Task<(Dictionary<Way, Load> Rates, double? Peer)> MeasureAsync(
        FirmwareFloor floor, string name, string image, int rounds, Dictionary<string, string> environment, bool withPeer, CancellationToken cancellationToken)
    {
        var length = new FileInfo(image).Length;
        var missing = withPeer ? PeerTransfer.FindMissing() : "not asked for";
        var password = OneTimePassword.Create();
        await using var server = missing is null ? await ForeignFtpServer.StartAsync("vsftpd", IPAddress.Loopback, password, ImageInMemory.Folder) : null;
        await using var board = await MeasuredBoard.StartAsync(floor, name, own: true, environment, cancellationToken);
        using var sender = new SenderProcess(floor, environment);
        var (seen, peer) = (Enum.GetValues<Way>().ToDictionary(way => way, _ => new List<Load>()), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var way in Enum.GetValues<Way>())
            {
                var (sent, boardCpu) = await board.TakeAsync(sender, way, image, cancellationToken);
                var load = new Load(length / sent.Seconds, boardCpu / length * 1e9, sent.CpuSeconds / length * 1e9);
                Console.WriteLine($"{(round == 0 ? "warm" : round)} {way}: {load.Rate / 1e6:F0} MB/s, board {load.Board:F2} s/GB, updater {load.Updater:F2} s/GB");
                if (round > 0)
                    seen[way].Add(load);
            }

            if (server is null)
                continue;
            var seconds = await PeerTransfer.StoreAsync(server, password, image, cancellationToken);
            PeerTransfer.Remove(server, length);
            Console.WriteLine($"{(round == 0 ? "warm" : round)} lftp → vsftpd: {length / seconds / 1e6:F0} MB/s");
            if (round > 0)
                peer.Add(length / seconds);
        }

        if (withPeer && missing is not null)
            Console.WriteLine($"lftp → vsftpd is left out: {missing}");
        return (seen.ToDictionary(way => way.Key, way => Load.Median(way.Value)), peer.Count > 0 ? Figures.Median(peer) : null);
    }

    private static void Add(Figures figures, Dictionary<Way, Load> rates, string suffix, string remark)
    {
        figures.Add($"board_cpu_s_per_gb_ftp{suffix}", rates[Way.Ftp].Board, "s", remark);
        figures.Add($"board_cpu_s_per_gb_tls{suffix}", rates[Way.Tls].Board, "s", "the same, HTTPS PUT into the same inbox");
        figures.Add($"board_cpu_ratio{suffix}", rates[Way.Ftp].Board / rates[Way.Tls].Board, "", "FTP by TLS, signature, digest and keeping in both: 0.4 is aimed at");
        figures.Add($"board_cpu_s_per_gb_ftp_alone{suffix}", rates[Way.FtpNowhere].Board, "s", "the data connection alone: nothing checked, nothing kept");
        figures.Add($"board_cpu_s_per_gb_tls_alone{suffix}", rates[Way.TlsNowhere].Board, "s", "HTTPS PUT alone: nothing checked, nothing kept");
        figures.Add($"board_cpu_ratio_alone{suffix}", rates[Way.FtpNowhere].Board / rates[Way.TlsNowhere].Board, "", "the one by the other");
        figures.Add($"updater_cpu_s_per_gb_ftp{suffix}", rates[Way.Ftp].Updater, "s", "the updating side's program");
        figures.Add($"updater_cpu_s_per_gb_tls{suffix}", rates[Way.Tls].Updater, "s", "the same, HTTPS PUT");
        figures.Add($"updater_cpu_ratio{suffix}", rates[Way.Ftp].Updater / rates[Way.Tls].Updater, "", "FTP by TLS: 0.4 is aimed at");
    }

    /// <summary>One transfer, or their median: bytes per second, and CPU seconds for 10⁹ bytes.</summary>
    private sealed record Load(double Rate, double Board, double Updater)
    {
        public static Load Median(IReadOnlyList<Load> all) =>
            new(Figures.Median(all.Select(load => load.Rate)), Figures.Median(all.Select(load => load.Board)), Figures.Median(all.Select(load => load.Updater)));
    }
}
