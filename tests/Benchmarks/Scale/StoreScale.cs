using System.Diagnostics;
using System.Net;
using ProvisioningStation.Benchmarks.Issue;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>The CA's process with a full store: how long it takes to be ready, to look up and to list over mutual TLS (each read recorded on the disk before its answer), and its memory.</summary>
internal static class StoreScale
{
    private const int Starts = 5;
    private const int Batch = 10_000;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(long rows, Figures figures, CancellationToken cancellationToken)
    {
        using var factory = await BenchmarkFactory.CreateAsync(unitsPerDay: 1, lines: 1, cancellationToken);
        await using var floor = FactoryFloor.Open(factory.Layout);
        var seat = floor.CertificateAuthority;
        var runtime = await MedianAsync(() => MeasureRuntimeAsync(factory.Layout, cancellationToken));
        var empty = await MeasureStartsAsync(seat, factory.Layout, cancellationToken);
        await seat.Process!.DisposeAsync();
        var serials = await FilledStore.FillAsync(factory.Layout, rows, figures, cancellationToken);
        var filled = await MeasureStartsAsync(seat, factory.Layout, cancellationToken);
        figures.Add("start_seconds_1m", filled, "s", $"from the process's start to /health/ready, {rows:N0} rows, files in the system's cache; median of {Starts}");
        figures.Add("start_seconds_empty", empty, "s", "the same with an empty store");
        figures.Add("start_seconds_runtime", runtime, "s", "of it .NET's own: the same program refuses an argument and ends");
        figures.Add("started_bytes", BenchmarkFactory.ResidentBytes(seat.Process!.Id), "bytes", "resident memory after the start");

        using var http = OpenClient(factory.Layout, seat.Address);
        var disk = FsyncFloor.Measure(factory.Layout.CertificateAuthority);
        var lookups = await StoreCalls.LookUpAsync(http, serials, cancellationToken);
        disk.AddRange(FsyncFloor.Measure(factory.Layout.CertificateAuthority));
        AddTimes(figures, "lookup", lookups, "GET /api/certificates/{serial}, one by one");
        AddTimes(figures, "fsync", disk, "the disk alone, before and after the lookups: their floor");
        var (pages, slowest) = await StoreCalls.ListAsync(http, cancellationToken);
        AddTimes(figures, "list_page", pages, $"pages of 100 of every filter; {slowest}");
        await Task.Delay(Rest, cancellationToken);
        figures.Add("idle_bytes", BenchmarkFactory.ResidentBytes(seat.Process!.Id), "bytes", $"resident memory {Rest.TotalSeconds:F0} s after all these calls");

        await factory.ApproveQuotaAsync(seat.Address, IssueBenchmark.DirectModel, cancellationToken);
        var seconds = await IssueBenchmark.MeasureCallAsync(factory, seat.Address, round: 0, Batch, cancellationToken);
        figures.Add("batch_peak_bytes", BenchmarkFactory.PeakBytes(seat.Process!.Id), "bytes", $"most resident memory, {Batch:N0} issued on top");
        figures.Add("full_store_packs_per_second", Batch / seconds, "packs/s", "that batch, the process's first");
    }

    private static void AddTimes(Figures figures, string name, List<double> milliseconds, string remark)
    {
        figures.Add(name + "_p50_ms", Figures.Percentile(milliseconds, 50), "ms", remark);
        figures.Add(name + "_p99_ms", Figures.Percentile(milliseconds, 99), "ms", $"of {milliseconds.Count}");
    }

    /// <summary>The first start is not counted: it writes what every later one finds.</summary>
    private static async Task<double> MeasureStartsAsync(ProgramSeat seat, FactoryLayout layout, CancellationToken cancellationToken)
    {
        using var http = OpenClient(layout, seat.Address);
        _ = await MeasureAsync();
        return await MedianAsync(MeasureAsync);

        async Task<double> MeasureAsync()
        {
            if (seat.Process is not null)
                await seat.Process.DisposeAsync();
            var started = Stopwatch.GetTimestamp();
            seat.Start();
            while (!await IsReadyAsync(http, cancellationToken))
            {
                if (seat.Process!.Ended.IsCompleted)
                    throw new InvalidOperationException(seat.Process.Obituary);
                await Task.Delay(5, cancellationToken);
            }

            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private static async Task<double> MeasureRuntimeAsync(FactoryLayout layout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var program = ChildProgram.Start("runtime", FactoryPrograms.CertificateAuthority, ["refused"], layout.Logs);
        await program.Ended.WaitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> MedianAsync(Func<Task<double>> measureAsync)
    {
        var seconds = new List<double>();
        for (var start = 0; start < Starts; start++)
            seconds.Add(await measureAsync());
        return Figures.Median(seconds);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync("health/ready", cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static HttpClient OpenClient(FactoryLayout layout, Uri address)
    {
        var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Operator));
        return new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = address };
    }
}
