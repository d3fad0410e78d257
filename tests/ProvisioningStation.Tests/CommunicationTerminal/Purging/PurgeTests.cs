using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.Purging;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.Purging;

/// <summary>The end of a model's packs (P-22).</summary>
public sealed class PurgeTests : IAsyncLifetime
{
    private const string Actor = "Manager tanaka";

    private static readonly ModelCode Model = ModelCode.Parse("A123");

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 5), _terminal.Row("A123", 450));
        await _terminal.RunBatchAsync();
        await _terminal.RequestAsync("A123-100001");
        await _terminal.RequestAsync("A123-100002");
        await _terminal.ResultAsync("A123-100002", 1, succeeded: true);
        await _terminal.ProofAsync("A123-100002", 1);
        _terminal.Time.Now += TimeSpan.FromDays(1);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Purge_DeletesWhatNoLineHasHadAndKeepsAReceipt()
    {
        Assert.Equal(new PurgePreview("A123", 448, 1, 0, null), Orders.Preview(Model));
        var list = Query("SELECT machine_number || ' ' || fingerprint FROM certificate WHERE machine_number LIKE 'A123%' AND machine_number > 'A123-100002' ORDER BY machine_number");
        var key = _terminal.Get<Database>().Read(connection => StoredCertificate.Find(connection, null, MachineNumber.Parse("A123-100100"), 1))!.WrappedKey!;
        var id = await Orders.OrderAsync(Model, 448, evenIfPlanned: false, Actor, default);
        await Job.CarryOutAsync(default);

        var receipt = Orders.Get(id);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(list.Select(line => line + "\n")))));
        Assert.Equal((true, Actor, 448, 448, digest), (receipt.IsDone, receipt.OrderedBy, receipt.Expected, receipt.Deleted, receipt.CertificatesSha256));
        Assert.Equal(448, Count("SELECT COUNT(*) FROM unit WHERE state = 'Purged'"));
        Assert.Equal(7, Count("SELECT COUNT(*) FROM certificate"));
        Assert.Equal(448, Count("SELECT COUNT(*) FROM certificate_return"));
        Assert.Equal(448, Count($"SELECT COUNT(*) FROM unit_event WHERE what = 'Purged' AND who = '{Actor}'"));
        Assert.Equal(["PurgeOrdered A123", "PurgeDone A123"], Query("SELECT action || ' ' || subject FROM audit_event WHERE action LIKE 'Purge%' ORDER BY sequence"));
        Assert.Equal((UnitState.Stored, UnitState.Proved), (_terminal.Unit("A123-100001").State, _terminal.Unit("A123-100002").State));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync("A123-100001", 1, succeeded: true));
        Assert.Contains("model A123 is not built any more", (await RefusedAsync(ErrorCode.NotInStore, () => _terminal.RequestAsync("A123-100100"))).Message, StringComparison.Ordinal);

        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.True(File.ReadAllBytes(Path.Combine(_terminal.Directory, "communication-terminal.db")).AsSpan().IndexOf(key.AsSpan(0, 60)) < 0);
    }

    [Fact]
    public async Task ModelThatIsStillPlanned_NeedsAClearWord()
    {
        await _terminal.PlanAsync(_terminal.Row("A123", 10, date: _terminal.Today.AddDays(3)));
        Assert.Equal(_terminal.Today.AddDays(3), Orders.Preview(Model).PlannedUntil);
        Assert.Contains("is planned until 2026-11-25", (await RefusedAsync(ErrorCode.Conflict, () => Orders.OrderAsync(Model, 448, evenIfPlanned: false, Actor, default))).Message, StringComparison.Ordinal);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM purge"));
        await Orders.OrderAsync(Model, 448, evenIfPlanned: true, Actor, default);
        Assert.Equal(1, Count("SELECT COUNT(*) FROM purge WHERE state = 'Open'"));
    }

    [Fact]
    public async Task AnotherCountThanTheOneSeen_IsRefused()
    {
        Assert.Contains("There are 448 unused certificates of A123, not 500", (await RefusedAsync(ErrorCode.Conflict, () => Orders.OrderAsync(Model, 500, false, Actor, default))).Message, StringComparison.Ordinal);
        await RefusedAsync(ErrorCode.Conflict, () => Orders.OrderAsync(ModelCode.Parse("3013"), 0, false, Actor, default));
        await RefusedAsync(ErrorCode.NotFound, () => Task.FromResult(Orders.Get(Guid.NewGuid())));
    }

    [Fact]
    public async Task OrderedTwice_IsOnePurge()
    {
        var first = await Orders.OrderAsync(Model, 448, false, Actor, default);
        Assert.Equal(first, await Orders.OrderAsync(Model, 448, false, "Manager other", default));
        await Job.CarryOutAsync(default);
        await Job.CarryOutAsync(default);
        Assert.Equal(448, Assert.Single(Orders.List()).Deleted);
        Assert.Equal(2, Count("SELECT COUNT(*) FROM audit_event WHERE action LIKE 'Purge%'"));
    }

    [Fact]
    public async Task EndedHalfWay_IsGoneOnWithAndWhatALineTookStays()
    {
        await Orders.OrderAsync(Model, 448, false, Actor, default);
        using (var killed = new CancellationTokenSource())
        {
            var database = _terminal.Get<Database>();
            var commits = 0;
            database.WriteEnded = _ =>
            {
                if (++commits == 1)
                    killed.Cancel();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Job.CarryOutAsync(killed.Token));
        }

        Assert.Equal(200, Count("SELECT COUNT(*) FROM unit WHERE state = 'Purged'"));
        await _terminal.RestartAsync();
        await _terminal.RequestAsync("A123-100450");
        await Job.CarryOutAsync(default);
        var receipt = Assert.Single(Orders.List());
        Assert.Equal((true, 448, 447), (receipt.IsDone, receipt.Expected, receipt.Deleted));
        Assert.Equal(447, Count("SELECT COUNT(*) FROM purged_certificate"));
        Assert.Equal(UnitState.Stored, _terminal.Unit("A123-100450").State);
    }

    [Fact]
    public async Task PackThatCameAfterTheOrder_IsNotPartOfIt()
    {
        var yesterday = _terminal.Today.AddDays(-1);
        await _terminal.PlanAsync(_terminal.Row("3012", 5, date: yesterday), _terminal.Row("A123", 450, date: yesterday), _terminal.Row("A123", 10));
        await Orders.OrderAsync(Model, 448, evenIfPlanned: true, Actor, default); // and then the terminal was off
        _terminal.Time.Now += TimeSpan.FromHours(10);
        await _terminal.RunBatchAsync();
        await Job.CarryOutAsync(default);
        var receipt = Assert.Single(Orders.List());
        Assert.Equal((true, 448, 448), (receipt.IsDone, receipt.Expected, receipt.Deleted));
        Assert.Equal(10, Orders.Preview(Model).Unused);
    }

    [Fact]
    public async Task Stock_CountsWhatIsThere()
    {
        await _terminal.RequestAsync("3012-100001");
        await _terminal.ResultAsync("3012-100001", 1, succeeded: true);
        Assert.Equal([new ModelStock("3012", true, 4, 0, 0, 0, 1), new ModelStock("A123", true, 449, 1, 0, 0, 0)], _terminal.Get<Stock>().Read());
    }

    private PurgeOrders Orders => _terminal.Get<PurgeOrders>();

    private PurgeJob Job => _terminal.Get<PurgeJob>();

    private List<string> Query(string sql) => _terminal.Get<Database>().Read(connection => connection.Query<string>(sql).ToList());

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql));
}
