using System.Globalization;
using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.DailyBatch;

/// <summary>When a day begins: by the factory's clock, on the two odd days of the year too, and whatever is done to the clock.</summary>
public sealed class BatchScheduleTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Theory]
    [InlineData("2027-03-28 02:30:00", "2027-03-28T01:00:00Z")] // the clock jumps from 02:00 to 03:00
    [InlineData("2027-03-28 03:00:00", "2027-03-28T01:00:00Z")]
    [InlineData("2027-03-28 01:59:59", "2027-03-28T00:59:59Z")]
    [InlineData("2026-10-25 02:30:00", "2026-10-25T00:30:00Z")] // the clock shows 02:00 to 03:00 twice
    [InlineData("2026-10-25 03:00:00", "2026-10-25T02:00:00Z")]
    [InlineData("2026-07-01 00:00:00", "2026-06-30T22:00:00Z")]
    public void LocalTime_IsTheFirstMomentAtWhichTheClockShowsItOrJumpsOverIt(string local, string utc)
    {
        var clock = new FactoryClock(_terminal.Time, new FactoryOptions { TimeZone = "Europe/Berlin" });
        Assert.Equal(DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture), clock.UtcOf(DateTime.ParseExact(local, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task TimeThatDoesNotExist_RunsWhenTheClockJumpsOverIt()
    {
        await InBerlinAsync(2027, 3, 28, "00:59:59");
        await _terminal.RunBatchAsync();
        Assert.Empty(_terminal.Units());
        _terminal.Time.Now += TimeSpan.FromSeconds(1);
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(new DateTimeOffset(2027, 3, 29, 0, 30, 0, TimeSpan.Zero), _terminal.Get<BatchSchedule>().FindNextStart());
    }

    [Fact]
    public async Task TimeThatExistsTwice_RunsAtTheFirstAndOnce()
    {
        await InBerlinAsync(2026, 10, 25, "00:29:59");
        await _terminal.RunBatchAsync();
        Assert.Empty(_terminal.Units());
        _terminal.Time.Now += TimeSpan.FromSeconds(1);
        await _terminal.RunBatchAsync();
        _terminal.Time.Now += TimeSpan.FromHours(1); // 02:30 again
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
        Assert.Single(_authority.Asked);
    }

    [Fact]
    public async Task ClockSetBack_AllocatesNothingTwiceAndGoesOnWhenItHasCaughtUp()
    {
        await _terminal.PlanAsync(Enumerable.Range(0, 5).Select(day => _terminal.Row("3012", 3, date: _terminal.Today.AddDays(day))).ToArray());
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.RunBatchAsync(); // the first start was a day later than it will seem
        _terminal.Time.Now -= TimeSpan.FromMinutes(10);
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
        _terminal.Time.Now -= TimeSpan.FromDays(1);
        await _terminal.RunBatchAsync();
        Assert.Equal(6, _terminal.Units(UnitState.Stored).Count); // the day that it is now, once
        _terminal.Time.Now += TimeSpan.FromDays(2);
        await _terminal.RunBatchAsync();
        Assert.Equal(9, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task ClockThatWasYearsAheadAtTheFirstStart_DoesNotKeepDaysFromBeingAllocated()
    {
        var right = _terminal.Time.Now;
        _terminal.Time.Now += TimeSpan.FromDays(1000);
        await _terminal.RunBatchAsync();
        _terminal.Time.Now = right;
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task TerminalThatWasOffOverTheEndOfTheMonth_CatchesBothMonthsUp()
    {
        _terminal.Time.Now = new DateTimeOffset(2026, 11, 29, 23, 50, 0, TimeSpan.Zero);
        await _terminal.PlanAsync(PlanMonth.Of(new DateOnly(2026, 11, 1)), _terminal.Row("3012", 2), _terminal.Row("3012", 3, date: new DateOnly(2026, 11, 30)));
        await _terminal.RunBatchAsync();
        _terminal.Time.Now += TimeSpan.FromDays(2);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(5, _terminal.Units(UnitState.Stored).Count); // December's plan has not come
        await _terminal.PlanAsync(PlanMonth.Of(new DateOnly(2026, 12, 1)), _terminal.Row("3012", 4, date: new DateOnly(2026, 12, 1)), _terminal.Row("3012", 5, date: new DateOnly(2026, 12, 2)));
        await _terminal.RunBatchAsync();
        Assert.Equal(9, _terminal.Units(UnitState.Stored).Count);
    }

    [Fact]
    public async Task AuthorityDownForTwoDays_EveryDayIsCaughtUpOnce()
    {
        await _terminal.PlanAsync(Enumerable.Range(0, 3).Select(day => _terminal.Row("3012", 1200, date: _terminal.Today.AddDays(day))).ToArray());
        _authority.IsDown = true;
        for (var hour = 0; hour < 48; hour += 6)
        {
            await Refusals.RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.Get<DailyBatchJob>().SweepAsync(default));
            _terminal.Time.Now += TimeSpan.FromHours(6);
            if (hour == 18)
                await _terminal.RestartAsync();
        }

        Assert.Empty(_authority.Asked);
        _authority.IsDown = false;
        await _terminal.Get<DailyBatchJob>().SweepAsync(default);
        Assert.Equal(3600, _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM unit WHERE state = 'Stored'")));
        Assert.Equal(6, _authority.Asked.Distinct().Count());
        Assert.Equal(3600, _authority.Valid.Count);
    }

    [Fact]
    public async Task RunNow_AllocatesTodayBeforeItsTimeAndIsOnRecordAndSurvivesAKill()
    {
        await _terminal.RestartAsync("--DailyBatch:TimeOfDay=09:00:00");
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("3012", 3, date: _terminal.Today.AddDays(1)));
        await _terminal.RunBatchAsync();
        Assert.Equal(BatchState.Scheduled, _terminal.Get<BatchProgress>().Read().State);
        await _terminal.Get<BatchRun>().AskAsync("Supervisor sato", default);
        await _terminal.RestartAsync(); // before anything was done
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal("Supervisor sato", _terminal.Get<Database>().Read(connection => connection.QuerySingle<string>("SELECT actor FROM audit_event WHERE action = 'BatchRunAsked' AND subject = '2026-11-21'")));
        _terminal.Time.Now += TimeSpan.FromHours(23); // tomorrow, before its time: today's wish does not count
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _terminal.Units().Count);
    }

    private async Task InBerlinAsync(int year, int month, int day, string utc)
    {
        _terminal.Time.Now = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero) + TimeSpan.Parse(utc, CultureInfo.InvariantCulture);
        await _terminal.RestartAsync("--Factory:TimeZone=Europe/Berlin", "--DailyBatch:TimeOfDay=02:30:00");
        await _terminal.PlanAsync(_terminal.Row("3012", 3));
    }
}
