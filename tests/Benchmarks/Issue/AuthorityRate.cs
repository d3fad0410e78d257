using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Benchmarks.Issue;

/// <summary>The CA's share of <c>issue</c>: one batch inside the CA (made, stored, signed, stored), and the same over mutual TLS to a caller that throws the packs away.</summary>
internal static class AuthorityRate
{
    public static async Task RunAsync(int count, int rounds)
    {
        var directory = Directory.CreateTempSubdirectory("ca-rate-").FullName;
        string[] arguments = ["--config", Path.Combine(AppContext.BaseDirectory, "station-config", "certificate-authority.json"), "--data", Path.Combine(directory, "certificate-authority"), "--Listen:Port=0", "--Log:Level=Warning", "--Ceremony:Demonstration=true"];
        CeremonyCommand.Run(arguments);
        await using (var app = CertificateAuthorityApp.Build(arguments))
        {
            await app.StartAsync();
            await ApproveQuotasAsync(app);
            for (var round = 0; round < rounds; round++)
            {
                await MeasureStagesAsync(app, count, round);
                await MeasureInsideAsync(app, count, round);
                await MeasureOverTlsAsync(app, directory, count, round);
            }
        }

        Directory.Delete(directory, recursive: true);
    }

    private static async Task ApproveQuotasAsync(WebApplication app)
    {
        var (store, today) = (app.Services.GetRequiredService<QuotaStore>(), DateOnly.FromDateTime(DateTime.UtcNow));
        var (proposer, approver) = (new PeerIdentity(Role.Administrator, "proposer", Fingerprint.Of("proposer"u8)), new PeerIdentity(Role.Approver, "approver", Fingerprint.Of("approver"u8)));
        foreach (var model in (string[])["3012", "A123"])
        {
            var quota = await store.ProposeAsync(new CheckedProposal("F1", ModelCode.Parse(model), today, today.AddDays(1), 1_000_000, null, null), proposer, CancellationToken.None);
            await store.DecideAsync(quota.Id, QuotaState.Approved, approver, null, CancellationToken.None);
        }
    }

    private static async Task MeasureInsideAsync(WebApplication app, int count, int round)
    {
        var issuer = app.Services.GetRequiredService<CertificateIssuer>();
        var order = new IssuanceOrder(RequestId.New(), OrderKind.Issue, "F1", Numbers("3012", round * count, count));
        var (watch, cpu, made) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime, 0);
        await foreach (var slice in await issuer.IssueAsync(order, CancellationToken.None))
            made += slice.Count;
        Say("inside the CA", made, watch, cpu);
    }

    private static async Task MeasureStagesAsync(WebApplication app, int count, int round)
    {
        var (packs, store) = (app.Services.GetRequiredService<PackMaker>(), app.Services.GetRequiredService<IssuanceStore>());
        var order = new IssuanceOrder(RequestId.New(), OrderKind.Issue, "F1", Numbers("3012", 500_000 + (round * count), count));
        var made = Time("keys and to-be-signed", count, () => packs.Prepare(order.MachineNumbers, TimeProvider.System.GetUtcNow()));
        await TimeAsync("reserve", count, () => store.ReserveAsync(order, made, CancellationToken.None));
        foreach (var stage in new (string Name, Action<CertificateRecord[]> Act)[]
        {
            ("check", packs.Check),
            ("sign", packs.Sign),
            ("packs", slice => packs.ToPacks(slice)),
        })
        {
            Time(stage.Name, count, () =>
            {
                foreach (var slice in made.Chunk(500))
                    stage.Act(slice);
                return true;
            });
        }

        await TimeAsync("store signatures", count, async () =>
        {
            foreach (var slice in made.Chunk(500))
                await store.IssueAsync(order.RequestId.ToString(), slice, CancellationToken.None);
            return true;
        });
    }

    private static T Time<T>(string stage, int count, Func<T> act) => TimeAsync(stage, count, () => Task.FromResult(act())).GetAwaiter().GetResult();

    private static async Task<T> TimeAsync<T>(string stage, int count, Func<Task<T>> act)
    {
        var (watch, cpu) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        var result = await act();
        var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Console.WriteLine($"  {stage,-24} {watch.Elapsed.TotalMilliseconds,6:F0} ms  {used.TotalMicroseconds / count,6:F1} µs CPU a pack");
        return result;
    }

    private static async Task MeasureOverTlsAsync(WebApplication app, string directory, int count, int round)
    {
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Path.Combine(directory, "communication-terminal")));
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(listened => listened.StartsWith("https:", StringComparison.Ordinal)));
        using var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = address };
        var client = new SoapClient(http, ErrorCode.CaUnavailable);
        var request = new IssueCertificatesRequest(RequestId.New(), Numbers("A123", round * count, count));
        var (watch, cpu, received) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime, 0);
        await client.CallAsync(request, IssueCertificatesResponse.Schema.Name, reader => IssueCertificatesResponse.ReadEach(reader, _ => received++), CancellationToken.None);
        Say("over mutual TLS", received, watch, cpu);
        watch.Restart();
        await client.CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(request.RequestId), CancellationToken.None);
        Console.WriteLine($"  acknowledged in {watch.Elapsed.TotalMilliseconds:F0} ms");
    }

    private static void Say(string what, int packs, Stopwatch watch, TimeSpan cpuBefore)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - cpuBefore;
        Console.WriteLine($"{what,-16} {packs} packs, {watch.Elapsed.TotalSeconds:F3} s, {packs / watch.Elapsed.TotalSeconds:F0} packs/s, {cpu.TotalMicroseconds / packs:F0} µs CPU a pack");
    }

    private static MachineNumber[] Numbers(string model, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(serial => new MachineNumber(ModelCode.Parse(model), serial))];
}
