using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>
/// How fast the terminal takes a day's packs in: read from mutual TLS, each checked (issuer's signature, validity, key), its key wrapped, stored durably, acknowledged. The packs are the real
/// CA's, fetched before; while it is measured a stand-in in this process sends them, so that only the terminal, and TLS on both sides, costs time. Each round is another day.
/// </summary>
internal static class IntakeRate
{
    public static async Task RunAsync(int count, int rounds, Figures figures, CancellationToken cancellationToken)
    {
        using var factory = await BenchmarkFactory.CreateAsync(count, lines: 1, cancellationToken);
        await using var floor = FactoryFloor.Open(factory.Layout);
        floor.CertificateAuthority.Start();
        await floor.CertificateAuthority.WaitUntilHealthyAsync(cancellationToken);
        await factory.ApproveQuotaAsync(floor.CertificateAuthority.Address, "3012", cancellationToken);
        await using var standIn = await StandInAuthority.StartAsync(factory.Layout, floor.CertificateAuthority.Address, cancellationToken);
        var clock = new SteppedClock();
        await using var terminal = CommunicationTerminalApp.Build(
            [
                "--config", factory.Layout.ConfigurationFile("communication-terminal"), "--data", factory.Layout.CommunicationTerminal, "--Log:Level=Warning",
                $"--CertificateAuthority:Address={standIn.Address}",
            ],
            clock);
        var (rates, floors, cpu) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            await PrepareDayAsync(terminal.Services, count, standIn, cancellationToken);
            var (started, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await terminal.Services.GetRequiredService<DailyBatchJob>().RunBatchAsync(cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var spent = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
            var verified = VerifyFloor.Measure(count);
            if (round > 0) // the first warms everything up
            {
                rates.Add(count / seconds);
                cpu.Add(spent);
                floors.Add(verified);
            }

            RequireStored(terminal.Services, count * (round + 1));
            clock.Step(TimeSpan.FromDays(1));
        }

        figures.Add("intake_packs_per_second", Figures.Median(rates), "packs/s", $"median of {rounds} days of {count}: {string.Join(", ", rates.Select(rate => $"{rate:F0}"))}");
        figures.Add("intake_cpu_per_pack", Figures.Median(cpu), "µs", "processor time of this process: the terminal, and TLS of the stand-in");
        figures.Add("verify_floor_per_second", Figures.Median(floors), "signatures/s", "bare P-256 verification of 500 octets on all cores");
        figures.Add("intake_per_verify_floor", figures["intake_packs_per_second"] / figures["verify_floor_per_second"], "times", "intake_packs_per_second / verify_floor_per_second");
    }

    /// <summary>A plan for the day, its units and requests; and the real CA's answers to these.</summary>
    private static async Task PrepareDayAsync(IServiceProvider services, int count, StandInAuthority standIn, CancellationToken cancellationToken)
    {
        var database = services.GetRequiredService<Database>();
        var today = services.GetRequiredService<FactoryClock>().Today;
        var (date, month) = (FactoryClock.Stored(today), FactoryClock.Stored(today)[..7]);
        await database.WriteAsync(
            (connection, transaction) =>
            {
                if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM plan_month WHERE month = @month", new { month }, transaction) == 0)
                    connection.Execute("INSERT INTO plan_month (month, pulled_at) VALUES (@month, '2026-01-01T00:00:00.000Z')", new { month }, transaction);
                connection.Execute("INSERT INTO plan_row (plan_date, model, month, unit_count) VALUES (@date, '3012', @month, @count)", new { date, month, count }, transaction);
            },
            cancellationToken);
        await services.GetRequiredService<BatchAllocation>().AllocateDueAsync(cancellationToken);
        var chunks = await database.WriteAsync((connection, transaction) => Chunk.ReadOpen(connection, transaction, ModelCode.Parse("3012")), cancellationToken);
        foreach (var chunk in chunks)
            await standIn.FetchAsync(chunk.RequestId, [.. Enumerable.Range(0, chunk.Serials.Count).Select(position => chunk[position])], cancellationToken);
    }

    private static void RequireStored(IServiceProvider services, int expected)
    {
        var stored = services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM certificate"));
        if (stored != expected)
            throw new InvalidOperationException($"{stored} packs are stored where {expected} should be.");
    }
}
