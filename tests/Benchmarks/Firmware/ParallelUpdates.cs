using System.Diagnostics;
using System.Globalization;
using System.Net;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Gateway;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>Many boards, each a process at an address of its own, updated by one gateway at once: orders over its API, images over FTP, real restarts, versions read back, passwords erased.</summary>
internal static class ParallelUpdates
{
    private const int BoardPort = 7460;
    private const int ImageLength = 1 << 20;
    private const int StartedAtOnce = 4;
    private const long MemoryOfBoard = 160L << 20;

    public static async Task RunAsync(int count, Figures figures, CancellationToken cancellationToken)
    {
        var available = AvailableMemory();
        if (available < (count + 4) * MemoryOfBoard)
        {
            Console.WriteLine($"parallel is left out: {count} boards need {count * MemoryOfBoard >> 20} MiB of memory, and {available >> 20} MiB are available.");
            return;
        }

        using var floor = new FirmwareFloor();
        var network = $"127.{Random.Shared.Next(64, 250)}.{Random.Shared.Next(1, 250)}";
        var gatewayPort = FirmwareFloor.FreePort(IPAddress.Loopback);
        var boards = Enumerable.Range(1, count).Select(i => new Seat(MachineNumber.Parse(string.Create(CultureInfo.InvariantCulture, $"3012-{i:D6}")), $"{network}.{i}")).ToList();
        var running = new List<ChildProgram>();
        try
        {
            foreach (var group in boards.Chunk(StartedAtOnce))
            {
                var started = group.Select(board => (board, Program: StartBoard(floor, board, gatewayPort))).ToList();
                running.AddRange(started.Select(one => one.Program));
                foreach (var (board, program) in started)
                {
                    using var health = new OperatorClient(board.Address, floor.Operator, Role.Device);
                    await program.WaitUntilHealthyAsync(cancellationToken, health);
                }
            }

            var gateway = StartGateway(floor, boards, gatewayPort);
            running.Add(gateway);
            var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{gatewayPort}"));
            using (var health = new OperatorClient(address, floor.Operator, Role.Gateway))
                await gateway.WaitUntilHealthyAsync(cancellationToken, health);
            using var client = new PartClient(address, floor.Operator, TimeSpan.FromSeconds(60), Role.Gateway);
            await UpdateAsync(floor, boards, gateway, client, figures, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(running.Select(program => program.KillAsync()));
            foreach (var program in running)
                await program.DisposeAsync();
        }
    }

    private static async Task UpdateAsync(FirmwareFloor floor, List<Seat> boards, ChildProgram gateway, PartClient client, Figures figures, CancellationToken cancellationToken)
    {
        var image = await client.UploadFileAsync<StoredFirmware>("api/images", floor.WriteImage("image", ImageLength), "application/octet-stream", cancellationToken);
        var before = BenchmarkFactory.ResidentBytes(gateway.Id);
        var started = Stopwatch.GetTimestamp();
        foreach (var board in boards)
            await client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(board.Number.ToString(), image.Id), cancellationToken);
        List<DeviceUpdate> updates;
        do
        {
            await Task.Delay(250, cancellationToken);
            updates = await client.GetPagesAsync<DeviceUpdate>(ApiPath.Of("api/updates").With("limit", 500), cancellationToken).ToListAsync(cancellationToken);
        }
        while (updates.Exists(update => update.State != "Reported"));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var good = updates.Count(IsWhole);
        if (good != boards.Count)
            throw new InvalidOperationException($"{good} of {boards.Count} are verified. {updates.Find(update => !IsWhole(update))}");
        var each = updates.Select(update => (update.ChangedAt - update.RequestedAt).TotalSeconds).ToList();
        var (count, peak) = (boards.Count, BenchmarkFactory.PeakBytes(gateway.Id));
        figures.Add($"parallel_{count}_seconds", seconds, "s", $"{count} boards as processes on this machine, from the first order to the last report; all verified, all passwords erased");
        figures.Add($"parallel_{count}_board_p50_seconds", Figures.Median(each), "s", "one board, from its order to its report");
        figures.Add($"parallel_{count}_board_max_seconds", each.Max(), "s", "the slowest; what takes the time are the boards' restarts on these cores");
        figures.Add($"parallel_{count}_gateway_peak_bytes", peak, "B", $"most resident memory of the gateway; {before / 1e6:F0} MB before the orders");
        figures.Add($"parallel_{count}_gateway_bytes_per_board", (peak - before) / count, "B", "of it for each board");
    }

    private static bool IsWhole(DeviceUpdate update) => update is { Outcome: "Succeeded", VersionRead: FirmwareFloor.Version, PasswordErased: true };

    private static ChildProgram StartBoard(FirmwareFloor floor, Seat board, int gatewayPort) => ChildProgram.Start(
        $"board-{board.Number}",
        FactoryPrograms.Board,
        [
            "--data", floor.MakeBoard($"board-{board.Number}", board.Number),
            $"--Listen:Address={board.Host}",
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={BoardPort}"),
            string.Create(CultureInfo.InvariantCulture, $"--Gateway:Address=https://127.0.0.1:{gatewayPort}"),
            "--FirmwareInstall:CommitWithin=00:10:00", // all of them start again at once, on a few cores
        ],
        floor.Path(string.Empty));

    private static ChildProgram StartGateway(FirmwareFloor floor, List<Seat> boards, int port) => ChildProgram.Start(
        "gateway",
        typeof(GatewayApp).Assembly.GetName().Name!,
        [
            "--data", floor.UpdatingSide,
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={port}"),
            .. boards.SelectMany((board, i) => new[]
            {
                string.Create(CultureInfo.InvariantCulture, $"--Devices:Known:{i}:MachineNumber={board.Number}"),
                string.Create(CultureInfo.InvariantCulture, $"--Devices:Known:{i}:Address={board.Address}"),
            }),
        ],
        floor.Path(string.Empty));

    private static long AvailableMemory() =>
        1024 * long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private sealed record Seat(MachineNumber Number, string Host)
    {
        public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"https://{Host}:{BoardPort}"));
    }
}
