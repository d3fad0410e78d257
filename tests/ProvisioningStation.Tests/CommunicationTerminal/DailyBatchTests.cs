using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class DailyBatchTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--DailyBatch:ChunkSize=300");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task TodaysManagedModels_AreIssuedStoredAndAcknowledged()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 620), _terminal.Row("3013", 50), _terminal.Row("A123", 5));
        await _terminal.RunBatchAsync();

        var units = _terminal.Units(UnitState.Stored);
        Assert.Equal(625, units.Count);
        Assert.Equal("3012-100001", units[0].MachineNumber);
        Assert.Equal("3012-100620", units[619].MachineNumber);
        Assert.Equal("A123-100005", units[^1].MachineNumber);
        Assert.All(units, unit => Assert.Equal(_authority.Valid[MachineNumber.Parse(unit.MachineNumber)].ToString(), unit.CertificateFingerprint));
        Assert.Equal(4, _authority.Asked.Count); // 300 + 300 + 20, and 5
        Assert.Equal(_authority.Asked.Order(Comparer<RequestId>.Create((a, b) => a.Value.CompareTo(b.Value))), _authority.Acknowledged.Order(Comparer<RequestId>.Create((a, b) => a.Value.CompareTo(b.Value))));
        await _terminal.RunBatchAsync();
        Assert.Equal(4, _authority.Asked.Count);
    }

    [Fact]
    public async Task StoredKey_IsWrappedAndBoundToItsMachineNumber()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 2));
        await _terminal.RunBatchAsync();
        var wrapped = _terminal.Get<Database>().Read(connection => connection.QuerySingle<byte[]>("SELECT wrapped_key FROM certificate WHERE machine_number = '3012-100001'"));
        var protection = _terminal.Get<KeyProtection>();
        Assert.NotEmpty(protection.Unwrap(wrapped, "3012-100001"));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => protection.Unwrap(wrapped, "3012-100002"));
    }

    [Fact]
    public async Task FirstSerialInPlan_IsUsedAndCountingGoesAroundIt()
    {
        var tomorrow = _terminal.Today.AddDays(1);
        await _terminal.PlanAsync(_terminal.Row("3012", 10), _terminal.Row("3012", 5, firstSerial: 100_006, date: tomorrow));
        await _terminal.RunBatchAsync();
        Assert.Equal("3012-100011", _terminal.Units()[0].MachineNumber);
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.RunBatchAsync();
        Assert.Equal(["3012-100006", "3012-100007", "3012-100008", "3012-100009", "3012-100010", "3012-100011"], _terminal.Units().Take(6).Select(unit => unit.MachineNumber));
        Assert.Equal(15, _terminal.Units().Count);
    }

    [Fact]
    public async Task PlanThatGivesOutBorneSerials_IsRefusedAndTheOldOneStays()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 10));
        await _terminal.RunBatchAsync();
        await Refusals.RefusedAsync(ErrorCode.InvalidPlan, () => _terminal.PlanAsync(_terminal.Row("3012", 10, firstSerial: 100_010, date: _terminal.Today.AddDays(1))));
        var rows = _terminal.Get<Database>().Read(connection => connection.Query<string>("SELECT plan_date FROM plan_row").ToList());
        Assert.Equal([FactoryClock.Stored(_terminal.Today)], rows);
    }

    [Fact]
    public async Task MissedDays_AreCaughtUpButNotThoseBeforeTheFirstStart()
    {
        await _terminal.PlanAsync(Enumerable.Range(-5, 15).Select(day => _terminal.Row("3012", 3, date: _terminal.Today.AddDays(day))).Where(row => row.Date.Month == 11).ToArray());
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units().Count);
        _terminal.Time.Now += TimeSpan.FromDays(3);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(12, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal("3012-100012", _terminal.Units()[^1].MachineNumber);
    }

    [Fact]
    public async Task BeforeTheTimeOfDay_NothingIsAllocated()
    {
        await _terminal.RestartAsync("--DailyBatch:TimeOfDay=09:00:00");
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        await _terminal.RunBatchAsync();
        Assert.Empty(_terminal.Units());
        _terminal.Time.Now += TimeSpan.FromHours(1);
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task PlanThatComesLater_IsWorkedOffThen()
    {
        await _terminal.RunBatchAsync();
        Assert.Empty(_terminal.Units());
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task AuthorityDown_LeavesUnitsPlannedAndALaterRunFinishes()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 700));
        _authority.IsDown = true;
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        Assert.Equal(700, _terminal.Units(UnitState.Planned).Count);
        _authority.IsDown = false;
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(700, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsAskedForAgainByTheSameId()
    {
        await _terminal.RestartAsync("--DailyBatch:ChunkSize=1000");
        await _terminal.PlanAsync(_terminal.Row("3012", 900));
        (_authority.BreakAfter, _authority.BreakWhen) = (600, () => _terminal.Units(UnitState.Stored).Count >= 250);
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        var stored = _terminal.Units(UnitState.Stored);
        Assert.InRange(stored.Count, 250, 600); // whole slices are kept
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(900, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(stored, _terminal.Units().Take(stored.Count));
        Assert.Single(_authority.Asked.Distinct());
        Assert.Equal(900, Events("Stored"));
    }

    [Fact]
    public async Task UnitThatMovedOnBeforeTheReplay_IsLeftAlone()
    {
        await _terminal.RestartAsync("--DailyBatch:ChunkSize=1000");
        await _terminal.PlanAsync(_terminal.Row("3012", 900));
        (_authority.BreakAfter, _authority.BreakWhen) = (600, () => _terminal.Units(UnitState.Stored).Count >= 250);
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        await _terminal.RequestAsync("3012-100001");
        await _terminal.ResultAsync("3012-100001", 1, succeeded: false);
        await _terminal.RequestAsync("3012-100002");
        await _terminal.ResultAsync("3012-100002", 1, succeeded: true);
        await _terminal.RunBatchAsync();
        Assert.Equal((UnitState.Stored, 2), (_terminal.Unit("3012-100001").State, _terminal.Unit("3012-100001").Attempt));
        Assert.Equal(UnitState.Written, _terminal.Unit("3012-100002").State);
    }

    [Fact]
    public async Task LostAcknowledgement_IsSentAgain()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        await _terminal.RunBatchAsync();
        var requestId = _authority.Acknowledged.Single();
        await _terminal.Get<Database>().WriteAsync(
            (connection, transaction) => ProvisioningStation.CommunicationTerminal.DailyBatch.Acknowledgements.Owe(connection, transaction, requestId, "2026-11-21T08:00:00.000Z"),
            default);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal([requestId, requestId], _authority.Acknowledged);
        Assert.False(_terminal.Get<ProvisioningStation.CommunicationTerminal.DailyBatch.Acknowledgements>().IsAnyOwed);
    }

    [Fact]
    public async Task RefusedModel_DoesNotHoldUpTheOthers()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 3));
        _authority.Valid[MachineNumber.Parse("3012-100002")] = Fingerprint.Of([]);
        await Refusals.RefusedAsync(ErrorCode.AlreadyIssued, _terminal.RunBatchAsync);
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count(unit => unit.MachineNumber.StartsWith("A123", StringComparison.Ordinal)));
        Assert.Equal(3, _terminal.Units(UnitState.Planned).Count);
    }

    [Fact]
    public async Task UsedUpModel_DoesNotHoldUpTheOthers()
    {
        await _terminal.RestartAsync("--ManagedModels:Models:0:FirstSerial=999998");
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 3));
        var refusal = await Refusals.RefusedAsync(ErrorCode.InvalidPlan, _terminal.RunBatchAsync);
        Assert.Contains("Model 3012 has no 3 free serials", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
    }

    [Theory]
    [InlineData("swapped")]
    [InlineData("foreign key")]
    [InlineData("no key")]
    [InlineData("other CA")]
    [InlineData("common CA")]
    [InlineData("expired")]
    [InlineData("not a certificate")]
    [InlineData("other signature")]
    public async Task PackThatDoesNotHoldTogether_IsNotStored(string fault)
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        var third = MachineNumber.Parse("3012-100003");
        using var otherAuthority = new TestPki();
        _authority.Tamper = pack => pack.MachineNumber != third ? pack : fault switch
        {
            "swapped" => TestPki.Shared.DevicePack(MachineNumber.Parse("3012-100099")) with { MachineNumber = third },
            "foreign key" => pack with { PrivateKey = TestPki.Shared.DevicePack(third).PrivateKey },
            "no key" => pack with { PrivateKey = null },
            "other CA" => otherAuthority.DevicePack(third),
            "common CA" => TestPki.Shared.CommonPack with { MachineNumber = third },
            "expired" => TestPki.Shared.DevicePack(third, DateTimeOffset.UtcNow.AddYears(-2)),
            "not a certificate" => pack with { ClientCertificate = [1, 2, 3] },
            _ => otherAuthority.DevicePack(third) with { RootCertificate = pack.RootCertificate, IssuingCertificates = pack.IssuingCertificates },
        };
        await Refusals.RefusedAsync(ErrorCode.InvalidCertificatePack, _terminal.RunBatchAsync);
        Assert.Empty(_terminal.Units(UnitState.Stored));
        Assert.Empty(_authority.Acknowledged);

        _authority.Tamper = static pack => pack;
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task PackThatWasRevokedBeforeItCame_IsOrderedAgainWithoutTheOthers(int count)
    {
        await _terminal.PlanAsync(_terminal.Row("3012", count));
        _authority.Tamper = static pack => pack with { PrivateKey = null };
        await Refusals.RefusedAsync(ErrorCode.InvalidCertificatePack, _terminal.RunBatchAsync);
        _authority.Tamper = static pack => pack;
        _authority.Revoke("3012-100001");
        await Refusals.RefusedAsync(count == 1 ? ErrorCode.Conflict : ErrorCode.InvalidCertificatePack, _terminal.RunBatchAsync);
        Assert.Empty(_terminal.Units(UnitState.Stored));
        if (count == 1)
            await Refusals.RefusedAsync(ErrorCode.Conflict, _terminal.RunBatchAsync);
        else
            await _terminal.RunBatchAsync();
        Assert.Equal(count - 1, _terminal.Units(UnitState.Stored).Count);
        await _terminal.RunBatchAsync();
        var stored = _terminal.Units(UnitState.Stored);
        Assert.Equal(count, stored.Count);
        Assert.All(stored, unit => Assert.Equal(_authority.Valid[MachineNumber.Parse(unit.MachineNumber)].ToString(), unit.CertificateFingerprint));
        Assert.Equal(2, _authority.Asked.Distinct().Count());
        Assert.Equal(count == 1 ? 1 : 2, _authority.Acknowledged.Distinct().Count());
    }

    [Fact]
    public async Task DirectMode_AllocatesAndRequestsNothing()
    {
        await _terminal.RestartAsync("--DailyBatch:Direct=true");
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Planned).Count);
        Assert.Empty(_authority.Asked);
    }

    private int Events(string what) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM unit_event WHERE what = @what", new { what }));
}
