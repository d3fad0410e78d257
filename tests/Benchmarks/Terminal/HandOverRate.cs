using System.Diagnostics;
using System.Globalization;
using ProvisioningStation.Benchmarks.Scale;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>
/// How long a station waits for a pack: the terminal's process with a full store, thirty-two stations with connections of their own over mutual TLS. In the first part all of them ask at the
/// same moment, again and again; in the second each asks about once a second by its own clock, as a floor does. Every hand-over is of a unit that no line has had, and on the disk before its answer.
/// Stations and terminal share this machine's cores.
/// </summary>
internal static class HandOverRate
{
    private const int Stations = 32;
    private const int Rounds = 150;
    private const int Seconds = 30;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(int rows, Figures figures, CancellationToken cancellationToken)
    {
        using var factory = await BenchmarkFactory.CreateAsync(unitsPerDay: 1, lines: Stations, cancellationToken);
        var numbers = await FilledTerminal.FillAsync(factory.Layout, rows, Stations * (Rounds + 20 + (2 * Seconds)), cancellationToken);
        await using var floor = FactoryFloor.Open(factory.Layout);
        floor.Terminal.Start();
        await floor.Terminal.WaitUntilHealthyAsync(cancellationToken);
        var stations = Enumerable.Range(1, Stations).Select(line => new Station(factory.Layout, floor.Terminal.Address, line)).ToList();
        var units = new Queue<MachineNumber>(numbers);
        try
        {
            // A year without a day report is what no terminal has: it has made them all before it is measured.
            while ((await floor.Terminal.Client.FindHealthAsync(cancellationToken))?.Jobs.TryGetValue("day report", out var reports) != true || reports?.LastSuccess is null)
                await Task.Delay(200, cancellationToken);
            for (var round = 0; round < 20; round++) // connections, code
                await AskAtOnceAsync(stations, units, cancellationToken);
            var disk = FsyncFloor.Measure(factory.Layout.CommunicationTerminal);
            using var process = Process.GetProcessById(floor.Terminal.Process!.Id);
            var (spent, own) = (process.TotalProcessorTime, Environment.CpuUsage.TotalTime);
            var atOnce = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                atOnce.AddRange(await AskAtOnceAsync(stations, units, cancellationToken));
                await Task.Delay(Pause, cancellationToken);
            }

            process.Refresh();
            (spent, own) = (process.TotalProcessorTime - spent, Environment.CpuUsage.TotalTime - own);
            disk.AddRange(FsyncFloor.Measure(factory.Layout.CommunicationTerminal));
            figures.Add("request_p50_ms_32", Figures.Percentile(atOnce, 50), "ms", $"RequestCertificate, {Stations} stations in the same moment, {rows:N0} units in store, of {atOnce.Count}");
            figures.Add("request_p99_ms_32", Figures.Percentile(atOnce, 99), "ms", "the last of them waits for the others' share of the processor");
            figures.Add("request_cpu_us", spent.TotalMicroseconds / atOnce.Count, "µs", "the terminal's processor time for one");
            figures.Add("request_station_cpu_us", own.TotalMicroseconds / atOnce.Count, "µs", "the stations' processor time for one, on the same cores");
            var paced = await AskByTheirOwnClocksAsync(stations, units, cancellationToken);
            figures.Add("request_p50_ms_32_paced", Figures.Percentile(paced, 50), "ms", $"each of {Stations} stations about once a second, of {paced.Count}");
            figures.Add("request_p99_ms_32_paced", Figures.Percentile(paced, 99), "ms", "a quick line's pace, thirty-two times");
            figures.Add("terminal_fsync_p50_ms", Figures.Percentile(disk, 50), "ms", "the disk alone, before and after: each hand-over's floor");
            figures.Add("terminal_fsync_p99_ms", Figures.Percentile(disk, 99), "ms", $"of {disk.Count}");
        }
        finally
        {
            foreach (var station in stations)
                station.Dispose();
        }
    }

    private static async Task<double[]> AskAtOnceAsync(IReadOnlyList<Station> stations, Queue<MachineNumber> units, CancellationToken cancellationToken)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = stations.Select(station => station.AskAsync(units.Dequeue(), go.Task, cancellationToken)).ToList();
        go.SetResult();
        return await Task.WhenAll(asked);
    }

    private static async Task<List<double>> AskByTheirOwnClocksAsync(IReadOnlyList<Station> stations, Queue<MachineNumber> units, CancellationToken cancellationToken)
    {
        var mine = stations.Select(_ => Enumerable.Range(0, Seconds).Select(_ => units.Dequeue()).ToList()).ToList();
        var times = await Task.WhenAll(stations.Select(async (station, index) =>
        {
            var measured = new List<double>();
            foreach (var unit in mine[index])
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500 + Random.Shared.Next(1000)), cancellationToken);
                measured.Add(await station.AskAsync(unit, Task.CompletedTask, cancellationToken));
            }

            return measured;
        }));
        return [.. times.SelectMany(measured => measured)];
    }

    private sealed class Station : IDisposable
    {
        private readonly TlsIdentity _identity;
        private readonly HttpClient _http;
        private readonly SoapClient _soap;

        public Station(FactoryLayout layout, Uri terminal, int line)
        {
            _identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Line((2000 + line).ToString(CultureInfo.InvariantCulture))));
            _http = new HttpClient(_identity.CreateHandler(peer => peer.Role == Role.CommunicationTerminal, "the terminal")) { BaseAddress = terminal };
            _soap = new SoapClient(_http, ErrorCode.TerminalUnavailable);
        }

        /// <summary>The milliseconds from the request to the whole pack.</summary>
        public async Task<double> AskAsync(MachineNumber unit, Task go, CancellationToken cancellationToken)
        {
            await go;
            var started = Stopwatch.GetTimestamp();
            var answer = await _soap.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(new RequestCertificateRequest(unit), cancellationToken);
            var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            answer.CertificatePack.ClearPrivateKey();
            return answer.CertificatePack.MachineNumber == unit ? milliseconds : throw new InvalidOperationException($"The terminal answered {answer.CertificatePack.MachineNumber} for {unit}.");
        }

        public void Dispose()
        {
            _http.Dispose();
            _identity.Dispose();
        }
    }
}
