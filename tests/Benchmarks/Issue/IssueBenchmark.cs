using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.Benchmarks.Issue;

/// <summary>
/// One day's batch at the terminal: allocate, request from the CA over mutual TLS, check, wrap and store every pack, acknowledge. The CA is a process of its own; the terminal runs
/// in this one, with a clock that is put a day forward before each batch. The first batch warms both up and is not counted. In turn with it the same number of packs goes to a
/// caller that only reads them: the CA's own speed, everything durable at the CA.
/// </summary>
internal static class IssueBenchmark
{
    internal const string DirectModel = "A123"; // asked for by this process itself; it is in no plan

    public static async Task RunAsync(int count, int rounds, Figures figures, CancellationToken cancellationToken)
    {
        // The floor is measured in turn with the batches, so that both see the same noise of the machine.
        var (batches, calls, floors, authorityCpu, terminalCpu) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        using (var factory = await BenchmarkFactory.CreateAsync(count, lines: 1, cancellationToken))
        {
            await using var floor = FactoryFloor.Open(factory.Layout);
            foreach (var program in new[] { floor.CertificateAuthority, floor.ProductionManagement })
            {
                program.Start();
                await program.WaitUntilHealthyAsync(cancellationToken);
            }

            await floor.ApproveQuotasAsync(factory.Layout, cancellationToken);
            await factory.ApproveQuotaAsync(floor.CertificateAuthority.Address, DirectModel, cancellationToken);
            var clock = new SteppedClock();
            await using var terminal = CommunicationTerminalApp.Build(["--config", factory.Layout.ConfigurationFile("communication-terminal"), "--data", factory.Layout.CommunicationTerminal, "--Log:Level=Warning"], clock);
            using var authority = Process.GetProcessById(floor.CertificateAuthority.Process!.Id);
            using var self = Process.GetCurrentProcess();
            for (var round = 0; round <= rounds; round++)
            {
                var before = (ProcessorTime(authority), ProcessorTime(self));
                var seconds = await MeasureBatchAsync(terminal.Services, cancellationToken);
                if (round > 0)
                {
                    batches.Add(count / seconds);
                    authorityCpu.Add((ProcessorTime(authority) - before.Item1) / count);
                    terminalCpu.Add((ProcessorTime(self) - before.Item2) / count);
                }

                var called = await MeasureCallAsync(factory, floor.CertificateAuthority.Address, round, count, cancellationToken);
                if (round > 0)
                    calls.Add(count / called);
                floors.Add(CryptoFloor.Measure(count));
                clock.Step(TimeSpan.FromDays(1));
            }

            figures.Add("packs_per_second", Figures.Median(batches), "packs/s", $"median of {rounds} batches of {count}: {string.Join(", ", batches.Select(rate => $"{rate:F0}"))}");
            figures.Add("caller_packs_per_second", Figures.Median(calls), "packs/s", $"the CA alone, a caller that only reads; median of {string.Join(", ", calls.Select(rate => $"{rate:F0}"))}");
            figures.Add("floor_per_second", Figures.Median(floors), "keys+signatures/s", "bare P-256 key and signature on all cores");
            figures.Add("ca_peak_bytes", BenchmarkFactory.PeakBytes(floor.CertificateAuthority.Process!.Id), "bytes", "most memory of the CA's process");
            figures.Add("ca_cpu_per_pack", Figures.Median(authorityCpu), "µs", "processor time of the CA's process");
            figures.Add("terminal_cpu_per_pack", Figures.Median(terminalCpu), "µs", "processor time of the terminal's");
            figures.Add("terminal_peak_bytes", BenchmarkFactory.PeakBytes(Environment.ProcessId), "bytes", "most memory of this process, the terminal in it");
        }

        if (await CfsslPeer.MeasureAsync(TimeSpan.FromSeconds(5), cancellationToken) is { } cfssl)
        {
            figures.Add("cfssl_per_second", cfssl, "certificates/s", "cfssl serve newcert, P-256, stores nothing");
            figures.Add("packs_per_cfssl", figures["packs_per_second"] / cfssl, "times", "packs_per_second / cfssl_per_second");
            figures.Add("caller_packs_per_cfssl", figures["caller_packs_per_second"] / cfssl, "times", "caller_packs_per_second / cfssl_per_second");
        }
        else
        {
            Console.WriteLine("cfssl is not installed here (Debian: golang-cfssl); its figure is left out.");
        }

        figures.Add("packs_per_floor", figures["packs_per_second"] / figures["floor_per_second"], "times", "packs_per_second / floor_per_second");
    }

    private static async Task<double> MeasureBatchAsync(IServiceProvider terminal, CancellationToken cancellationToken)
    {
        await terminal.GetRequiredService<PlanPullJob>().PullDueAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await terminal.GetRequiredService<DailyBatchJob>().RunBatchAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Model A123 is nobody's in this plan, so that these numbers are free.</summary>
    internal static async Task<double> MeasureCallAsync(BenchmarkFactory factory, Uri authority, int round, int count, CancellationToken cancellationToken)
    {
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.CommunicationTerminal));
        using var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = authority };
        var client = new SoapClient(http, ErrorCode.CaUnavailable);
        var numbers = Enumerable.Range(round * count, count).Select(serial => new MachineNumber(ModelCode.Parse(DirectModel), serial)).ToList();
        var request = new IssueCertificatesRequest(RequestId.New(), numbers);
        var (started, received) = (Stopwatch.GetTimestamp(), 0);
        await client.CallAsync(request, IssueCertificatesResponse.Schema.Name, reader => IssueCertificatesResponse.ReadEach(reader, _ => received++), cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await client.CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(request.RequestId), cancellationToken);
        return received == count ? seconds : throw new InvalidOperationException($"The CA sent {received} of {count} packs.");
    }

    private static double ProcessorTime(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalMicroseconds;
    }
}
