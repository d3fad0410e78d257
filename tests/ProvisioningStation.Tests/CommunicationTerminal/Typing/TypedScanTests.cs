using Dapper;
using ProvisioningStation.CommunicationTerminal.Typing;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.Typing;

/// <summary>Numbers that are typed at the terminal for a line (P-21).</summary>
public sealed class TypedScanTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = MachineNumber.Parse("3012-100001");

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 20), _terminal.Row("A123", 20, date: _terminal.Today.AddDays(1)));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task StationThatWaits_GetsTheNumberAtOnceAndOnce()
    {
        var waiting = AwaitAsync(0, wait: 30);
        await Task.Delay(50);
        Assert.Equal(["1001"], _terminal.Get<StationPresence>().Lines);
        var id = await TypeAsync();
        Assert.Equal(new AwaitTypedScanResponse(id, Number), await waiting.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(new AwaitTypedScanResponse(id, null), await AwaitAsync(id));
        Assert.Equal(new AwaitTypedScanResponse(id, Number), await AwaitAsync(0)); // the answer was lost: the station says that it never had it
        Assert.NotNull(Assert.Single(Scans.List()).FetchedAt);
        Assert.Equal(["NumberTyped 3012-100001"], Audit());
    }

    [Fact]
    public async Task OtherLine_DoesNotGetIt()
    {
        await AwaitAsync(0);
        var id = await TypeAsync();
        Assert.Null((await AwaitAsync(0, line: "1002")).MachineNumber);
        Assert.Equal(id, (await AwaitAsync(0)).TypedScan);
    }

    [Fact]
    public async Task NumberThatNobodyFetchedInTime_IsNeverDelivered()
    {
        await AwaitAsync(0);
        await TypeAsync();
        _terminal.Time.Now += TypedScans.Holds + TimeSpan.FromSeconds(1);
        Assert.Null((await AwaitAsync(0)).MachineNumber);
        Assert.True(Scans.IsOver(Assert.Single(Scans.List())));
        await TypeAsync();
        Assert.Equal(Number, (await AwaitAsync(0)).MachineNumber);
    }

    [Fact]
    public async Task TerminalWhoseDatabaseWasPutBack_StillDeliversOnce()
    {
        await AwaitAsync(70);
        var id = await TypeAsync();
        Assert.Equal(new AwaitTypedScanResponse(id, Number), await AwaitAsync(70));
        Assert.Equal(new AwaitTypedScanResponse(id, null), await AwaitAsync(id));
    }

    [Fact]
    public async Task LineWithoutAStationOrWithAnotherNumberToFetch_IsRefused()
    {
        Assert.Contains("does not answer", (await RefusedAsync(ErrorCode.Conflict, TypeAsync)).Message, StringComparison.Ordinal);
        await AwaitAsync(0);
        await TypeAsync();
        Assert.Contains("has not fetched it yet", (await RefusedAsync(ErrorCode.Conflict, TypeAsync)).Message, StringComparison.Ordinal);
        _terminal.Time.Now += TimeSpan.FromMinutes(1);
        Assert.Contains("does not answer", (await RefusedAsync(ErrorCode.Conflict, TypeAsync)).Message, StringComparison.Ordinal);
        Assert.Single(Audit());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(61)]
    public async Task WaitBeyondBounds_IsRefused(int wait) => await RefusedAsync(ErrorCode.MalformedRequest, () => AwaitAsync(0, wait));

    [Theory]
    [InlineData("3012-100001", "3012-100001")]
    [InlineData(" 3012 100001 ", "3012-100001")]
    [InlineData("３０１２－１００００１", "3012-100001")]
    [InlineData("a123ー100001", "A123-100001")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void WhatWasTyped_IsReadAsAMachineNumberIsWritten(string? typed, string read) => Assert.Equal(read, TypedNumber.Normalize(typed));

    [Theory]
    [InlineData("3012-1OOOO2", null)] // more than one wrong: not guessed
    [InlineData("3O12-100002", "3012-100002")]
    [InlineData("3102-100002", "3012-100002")]
    [InlineData("3012-10002", "3012-100002")]
    [InlineData("3012-1000020", "3012-100002")]
    [InlineData("3012-100007", "3012-100001")]
    [InlineData("3012-100033", "3012-100003")]
    [InlineData("A123-100001", null)] // tomorrow's
    [InlineData("'; DROP TABLE unit", null)]
    public void LookAlikesOfTodaysPlan_AreSuggested(string typed, string? expected)
    {
        var suggested = _terminal.Get<TypedNumber>().Suggest(typed);
        if (expected is null)
            Assert.Empty(suggested);
        else
            Assert.Contains(expected, suggested);
        Assert.DoesNotContain(typed, suggested);
        Assert.InRange(suggested.Count, 0, 8);
    }

    [Fact]
    public void Plan_SaysOfWhichDayANumberIs()
    {
        var guard = _terminal.Get<TypedNumber>();
        Assert.Equal(_terminal.Today, guard.FindPlanDate(Number));
        Assert.True(guard.IsOfToday(Number));
        Assert.Null(guard.FindPlanDate(MachineNumber.Parse("3012-999999")));
    }

    private TypedScans Scans => _terminal.Get<TypedScans>();

    private Task<int> TypeAsync() => Scans.TypeAsync("1001", Number, "typed twice", "Supervisor sato", default);

    private Task<AwaitTypedScanResponse> AwaitAsync(int after, int wait = 0, string line = "1001") =>
        _terminal.Get<AwaitTypedScan>().HandleAsync(new AwaitTypedScanRequest(after, wait), new PeerIdentity(Role.LineStation, line, null), default);

    private List<string> Audit() => _terminal.Get<Database>().Read(connection => connection.Query<string>("SELECT action || ' ' || subject FROM audit_event WHERE subject = '3012-100001' ORDER BY sequence").ToList());
}
