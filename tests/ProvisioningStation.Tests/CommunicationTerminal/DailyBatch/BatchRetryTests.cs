using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.DailyBatch;

/// <summary>A request that fails waits longer each time, keeps that over a restart, and holds up no other.</summary>
public sealed class BatchRetryTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--DailyBatch:ChunkSize=100", "--DailyBatch:CheckEvery=00:00:30", "--DailyBatch:RetryAtMost=00:05:00");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task OneBadRequest_WaitsLongerEachTimeAndTheOthersAreStored()
    {
        RefuseSecond();
        await _terminal.PlanAsync(_terminal.Row("3012", 300));
        var waits = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
            var wait = Assert.Single(Status.Waiting);
            Assert.Equal(("3012-100101", 100, i + 1, ErrorCode.UnknownModel), (wait.First, wait.Units, wait.Attempts, wait.Code));
            waits.Add((wait.NextTryAt - _terminal.Time.Now).TotalSeconds);
            _terminal.Time.Now = wait.NextTryAt;
        }

        Assert.Equal(14, _authority.Asked.Count); // the two others once
        for (var i = 0; i < waits.Count; i++)
            Assert.InRange(waits[i], Math.Min(Math.Pow(2, i), 300) * 0.79, Math.Min(Math.Pow(2, i), 300));
        Assert.Equal((BatchState.Waiting, 300, 200), (Status.State, Status.Total, Status.Stored));
    }

    [Fact]
    public async Task BeforeItsTime_ARequestIsNotSentNorAfterARestart()
    {
        RefuseSecond();
        await _terminal.PlanAsync(_terminal.Row("3012", 200));
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync); // says what waits, and sends nothing
        await _terminal.RestartAsync();
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
        Assert.Equal(2, _authority.Asked.Count);
        _terminal.Time.Now += TimeSpan.FromSeconds(1);
        _authority.RefuseIssue = static _ => null;
        await SweepAsync();
        Assert.Equal(2, _authority.Asked.Distinct().Count());
        Assert.Equal((BatchState.Done, 200), (Status.State, Status.Stored));
        Assert.Empty(Status.Waiting);
    }

    [Fact]
    public async Task RunNow_TriesWhatWaitsAtOnce()
    {
        RefuseSecond();
        await _terminal.PlanAsync(_terminal.Row("3012", 200));
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
        _authority.RefuseIssue = static _ => null;
        await _terminal.Get<BatchRun>().AskAsync("Operator operator", default);
        await SweepAsync();
        Assert.Equal(200, Status.Stored);
    }

    [Fact]
    public async Task ClockSetBackForHours_DoesNotMakeARequestWaitThatLong()
    {
        RefuseSecond();
        await _terminal.PlanAsync(_terminal.Row("3012", 200));
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
        _authority.RefuseIssue = static _ => null;
        _terminal.Time.Now -= TimeSpan.FromHours(3);
        await SweepAsync();
        Assert.Equal(200, Status.Stored);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_CountsWhatCameAndIsTriedAgainWithinTheInterval()
    {
        await _terminal.RestartAsync("--DailyBatch:ChunkSize=1000");
        await _terminal.PlanAsync(_terminal.Row("3012", 900));
        (_authority.BreakAfter, _authority.BreakWhen) = (600, () => _terminal.Units(UnitState.Stored).Count >= 250);
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, SweepAsync);
        var wait = Assert.Single(Status.Waiting);
        Assert.InRange(wait.Units, 300, 650);
        Assert.Equal(900 - Status.Stored, wait.Units);
        for (var i = 0; i < 8; i++)
        {
            _authority.IsDown = true;
            _terminal.Time.Now += TimeSpan.FromSeconds(30);
            await Refusals.RefusedAsync(ErrorCode.CaUnavailable, SweepAsync);
        }

        Assert.Equal(9, Assert.Single(Status.Waiting).Attempts);
        _authority.IsDown = false;
        _terminal.Time.Now += TimeSpan.FromSeconds(30);
        await SweepAsync();
        Assert.Equal(900, Status.Stored);
        Assert.Single(_authority.Asked.Distinct());
    }

    [Fact]
    public async Task Progress_TellsOtherDaysAndReadsNoWholeTable()
    {
        RefuseSecond();
        await _terminal.PlanAsync(_terminal.Row("3012", 200), _terminal.Row("3012", 50, date: _terminal.Today.AddDays(1)));
        await Refusals.RefusedAsync(ErrorCode.UnknownModel, SweepAsync);
        _terminal.Time.Now += TimeSpan.FromDays(1);
        Assert.Equal((BatchState.Waiting, 50, 0, 100), (Status.State, Status.Total, Status.Stored, Status.Behind));
        var plans = _terminal.Get<Database>().Read(connection => connection.Query<string>(
            "EXPLAIN QUERY PLAN SELECT state, COUNT(*) FROM unit WHERE plan_date = '2026-11-21' AND state NOT IN ('Withdrawn', 'Purged') GROUP BY state").Concat(
            connection.Query<string>("EXPLAIN QUERY PLAN SELECT plan_date, unit_count - stored_count, next_try_at FROM chunk WHERE state = 'Open'")).ToList());
        Assert.DoesNotContain(plans, plan => plan.Contains("SCAN", StringComparison.Ordinal));
    }

    private BatchStatus Status => _terminal.Get<BatchProgress>().Read();

    private Task SweepAsync() => _terminal.Get<DailyBatchJob>().SweepAsync(default);

    private void RefuseSecond() => _authority.RefuseIssue =
        numbers => numbers[0].Serial == 100_101 ? new ProvisioningException(ErrorCode.UnknownModel, "The CA has no profile for it.") : null;
}
