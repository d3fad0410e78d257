using Dapper;
using ProvisioningStation.CommunicationTerminal.Rework;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.Rework;

public sealed class ReworkDeskTests : IAsyncLifetime
{
    private const string Number = "3012-100001";
    private const string Actor = "Supervisor sato";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 1, line: "1002"));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task ReleasedBlockedUnit_HasAllItsAttemptsAnewAndANewCertificate()
    {
        await BlockAsync();
        await ReleaseAsync();
        Assert.Equal((UnitState.ReissuePending, null), (_terminal.Unit(Number).State, _terminal.Unit(Number).Line));
        for (var attempt = 4; attempt <= 6; attempt++)
        {
            Assert.Equal(attempt, (await _terminal.RequestAsync(Number, "1003")).Attempt);
            Assert.Equal(attempt == 6 ? NextStep.Blocked : NextStep.Retry, await _terminal.ResultAsync(Number, attempt, succeeded: false, "1003"));
        }

        await ReleaseAsync();
        Assert.Equal(7, (await _terminal.RequestAsync(Number)).Attempt);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 7, succeeded: true));
        Assert.Equal(["Supervisor sato: checked the flash", "Supervisor sato: checked the flash"], Events("Released"));
        Assert.Equal(["Supervisor sato UnitReleased 3012-100001", "Supervisor sato UnitReleased 3012-100001"], Audit());
    }

    [Fact]
    public async Task WrittenUnitThatWasNeverProved_GetsANewCertificateOnAnyLine()
    {
        await _terminal.RequestAsync(Number);
        await _terminal.ResultAsync(Number, 1, succeeded: true);
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number, "1002"));
        await ReleaseAsync();
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        var response = await _terminal.RequestAsync(Number, "1002");
        Assert.Equal((2, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.ResultAsync(Number, 1, succeeded: true));
    }

    [Fact]
    public async Task UnitOfAnotherLine_IsFreedFromThePlansLineToo()
    {
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("A123-100001", "1001"));
        await ReleaseAsync("A123-100001");
        Assert.Equal(1, (await _terminal.RequestAsync("A123-100001", "1001")).Attempt); // no line had it: the certificate is good
        await ReleaseAsync("A123-100001");
        Assert.Equal(2, (await _terminal.RequestAsync("A123-100001", "1003")).Attempt);
        Assert.Contains("free already", (await RefusedAsync(ErrorCode.Conflict, () => ReleaseAsync(Number))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ScrappedUnit_HasNoKeyAndOwesItsCertificate(int progress)
    {
        if (progress > 0)
            await _terminal.RequestAsync(Number);
        if (progress > 1)
            await _terminal.ResultAsync(Number, 1, succeeded: true);
        if (progress > 2)
            await _terminal.ProofAsync(Number, 1);
        await ScrapAsync();
        Assert.Equal(UnitState.Scrapped, _terminal.Unit(Number).State);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        Assert.Equal(1, Count("SELECT COUNT(*) FROM certificate_return WHERE machine_number = @Number AND why = 'Scrapped at the factory: fell off the table'"));
        Assert.Contains("fell off the table", (await RefusedAsync(ErrorCode.Blocked, () => _terminal.RequestAsync(Number))).Message, StringComparison.Ordinal);
        await RefusedAsync(ErrorCode.Blocked, () => _terminal.GetUnitAsync(Number));
        await RefusedAsync(ErrorCode.Conflict, () => ScrapAsync());
        await RefusedAsync(ErrorCode.Conflict, () => ReleaseAsync());
        Assert.Equal(["Supervisor sato UnitScrapped 3012-100001"], Audit());
    }

    [Fact]
    public async Task UnitThatChangedSinceItWasSeen_IsLeftAlone()
    {
        await BlockAsync();
        var refusal = await RefusedAsync(ErrorCode.Conflict, () => _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse(Number), UnitState.Written, 1, "seen long ago", Actor, default));
        Assert.Contains("it is Blocked, certificate 3", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Audit());
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  x  ")]
    [InlineData(null)]
    public async Task DecisionWithoutAReason_IsRefused(string? reason)
    {
        await BlockAsync();
        await RefusedAsync(ErrorCode.MalformedRequest, () => _terminal.Get<ReworkDesk>().ReleaseAsync(MachineNumber.Parse(Number), UnitState.Blocked, 3, reason ?? new string('x', 201), Actor, default));
    }

    [Fact]
    public async Task List_ShowsWhatWaitsWithWhatHappenedLast()
    {
        Assert.Empty(_terminal.Get<ReworkList>().Find());
        await BlockAsync();
        await _terminal.RequestAsync("3012-100002");
        var groups = _terminal.Get<ReworkList>().Find();
        Assert.Equal([(UnitState.Blocked, 1), (UnitState.Stored, 1)], groups.Select(group => (group.State, group.Count)));
        var blocked = Assert.Single(groups[0].Units);
        Assert.Equal((Number, "verify failed", true, true), (blocked.Number, blocked.Detail, blocked.CanBeReleased, blocked.CanBeScrapped));
        Assert.Equal(("3012-100003", false), (_terminal.Get<ReworkList>().Find(MachineNumber.Parse("3012-100003"))!.Number, _terminal.Get<ReworkList>().Find(MachineNumber.Parse("3012-100003"))!.CanBeReleased));
    }

    private async Task BlockAsync()
    {
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await _terminal.RequestAsync(Number);
            await _terminal.ResultAsync(Number, attempt, succeeded: false);
        }
    }

    private Task ReleaseAsync(string number = Number)
    {
        var unit = _terminal.Unit(number);
        return _terminal.Get<ReworkDesk>().ReleaseAsync(unit.MachineNumber, unit.State, unit.Attempt, " checked the flash ", Actor, default);
    }

    private Task ScrapAsync(string number = Number)
    {
        var unit = _terminal.Unit(number);
        return _terminal.Get<ReworkDesk>().ScrapAsync(unit.MachineNumber, unit.State, unit.Attempt, "fell off the table", Actor, default);
    }

    private List<string> Events(string what) => Query($"SELECT who || ': ' || detail FROM unit_event WHERE machine_number = @Number AND what = '{what}' ORDER BY event_id");

    private List<string> Audit() => Query("SELECT actor || ' ' || action || ' ' || subject FROM audit_event WHERE subject = @Number ORDER BY sequence");

    private List<string> Query(string sql) => _terminal.Get<Database>().Read(connection => connection.Query<string>(sql, new { Number }).ToList());

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql, new { Number }));
}
