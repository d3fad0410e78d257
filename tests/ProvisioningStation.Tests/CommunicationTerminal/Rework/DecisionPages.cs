using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.CommunicationTerminal.Typing;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CommunicationTerminal.Rework;

/// <summary>The pages on which a person decides, over a store with 3012-100001 to -100010, A123-100001 to -100030, and tomorrow's 3012-100011.</summary>
internal sealed class DecisionPages : IAsyncDisposable
{
    private readonly FakeCertificateAuthority _authority;

    private DecisionPages(FakeCertificateAuthority authority, RunningPages pages) => (_authority, Running) = (authority, pages);

    public RunningPages Running { get; }

    public static async Task<DecisionPages> StartAsync(bool empty = false)
    {
        var authority = await FakeCertificateAuthority.StartAsync();
        var pages = await RunningPages.StartAsync($"--CertificateAuthority:Address={authority.Url}", "--StationApi:Lines:0:Line=1009", "--StationApi:Lines:0:Models:0=3012");
        var started = new DecisionPages(authority, pages);
        if (empty)
            return started;
        var today = DateOnly.FromDateTime(pages.Time.Now.UtcDateTime);
        await pages.Get<IServiceProvider>().PlanAsync(new PlanRow(today, ModelCode.Parse("3012"), 10, null, null), new PlanRow(today, ModelCode.Parse("A123"), 30, null, null));
        pages.Get<DailyBatchJob>().Signal();
        for (var i = 0; i < 1200 && started.Query("SELECT machine_number FROM unit WHERE state = 'Stored'").Count < 40; i++)
            await Task.Delay(50);
        await pages.Get<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt) VALUES ('3012-100011', '3012', '2026-11-22', 0, 'Planned', 1)", transaction: transaction),
            default);
        return started;
    }

    /// <summary>Three failed writes.</summary>
    public async Task BlockAsync(string number)
    {
        var station = new PeerIdentity(Role.LineStation, "1001", null);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Running.Get<RequestCertificate>().HandleAsync(new RequestCertificateRequest(MachineNumber.Parse(number)), station, default);
            await Running.Get<ReportWriteResult>().HandleAsync(new ReportWriteResultRequest(MachineNumber.Parse(number), attempt, false, "flash <b>broken</b>", null, null), station, default);
        }
    }

    /// <summary>What a station does that waits for typed numbers.</summary>
    public Task<AwaitTypedScanResponse> AwaitTypedAsync(string line, int after = 0) =>
        Running.Get<AwaitTypedScan>().HandleAsync(new AwaitTypedScanRequest(after, 0), new PeerIdentity(Role.LineStation, line, null), default);

    public List<string> Query(string sql) => Running.Get<Database>().Read(connection => connection.Query<string>(sql).ToList());

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        await _authority.DisposeAsync();
    }
}
