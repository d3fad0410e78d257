using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

public sealed class PlanPullTests : IAsyncLifetime
{
    private static readonly PlanMonth November = new(2026, 11);

    private FakeCertificateAuthority _authority = null!;

    public async Task InitializeAsync() => _authority = await FakeCertificateAuthority.StartAsync();

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Theory]
    [InlineData(1, "00:00:00", "2026-11-01T00:00:00", null, true)] // none yet: at once
    [InlineData(28, "12:00:00", "2026-11-03T00:00:00", null, true)]
    [InlineData(1, "00:00:00", "2026-11-21T00:00:00", "2026-11-01T00:00:01", false)]
    [InlineData(15, "06:00:00", "2026-11-15T05:59:59", "2026-11-01T00:00:00", false)]
    [InlineData(15, "06:00:00", "2026-11-15T06:00:00", "2026-11-01T00:00:00", true)]
    [InlineData(15, "06:00:00", "2026-11-20T06:00:00", "2026-11-14T00:00:00", true)] // was off on the 15th
    [InlineData(31, "06:00:00", "2026-11-30T06:00:00", "2026-11-01T00:00:00", true)] // a shorter month
    public void Due_IsTheScheduleOrAnAbsentPlan(int day, string time, string now, string? pulled, bool due)
    {
        var options = new PlanPullOptions { DayOfMonth = day, TimeOfDay = TimeSpan.Parse(time, null) };
        var found = PlanSchedule.FindDue(DateTime.Parse(now, null), options, _ => pulled is null ? null : DateTime.Parse(pulled, null));
        Assert.Equal(due ? [November] : [], found);
    }

    [Fact]
    public void MonthsAhead_AsksForTheNextMonthOnce()
    {
        var options = new PlanPullOptions { DayOfMonth = 25, MonthsAhead = 1 };
        var pulled = new Dictionary<PlanMonth, DateTime> { [November] = new(2026, 10, 25) };
        DateTime? Find(PlanMonth month) => pulled.TryGetValue(month, out var at) ? at : null;
        Assert.Empty(PlanSchedule.FindDue(new DateTime(2026, 11, 24), options, Find));
        Assert.Equal([new PlanMonth(2026, 12)], PlanSchedule.FindDue(new DateTime(2026, 11, 25), options, Find));
        pulled[new PlanMonth(2026, 12)] = new DateTime(2026, 11, 25);
        Assert.Empty(PlanSchedule.FindDue(new DateTime(2026, 11, 26), options, Find));
    }

    [Fact]
    public void December_AsksForJanuaryOfTheNextYear()
    {
        var options = new PlanPullOptions { DayOfMonth = 28, MonthsAhead = 1, TimeOfDay = TimeSpan.FromHours(6) };
        Assert.Equal([new PlanMonth(2027, 1)], PlanSchedule.FindDue(new DateTime(2026, 12, 28, 6, 0, 0), options, month => month.Month == 12 ? new DateTime(2026, 11, 28, 6, 0, 1) : null));
        Assert.Equal((new DateTime(2027, 1, 28, 6, 0, 0), new PlanMonth(2027, 2)), PlanSchedule.FindNext(new DateTime(2026, 12, 28, 6, 0, 0), options));
    }

    [Theory]
    [InlineData("2027-01-31T07:00:00", "2027-02-28T06:00:00")]
    [InlineData("2028-02-01T00:00:00", "2028-02-29T06:00:00")]
    [InlineData("2028-02-29T06:00:00", "2028-03-31T06:00:00")]
    [InlineData("2026-04-30T05:59:59", "2026-04-30T06:00:00")]
    public void ThirtyFirst_IsTheLastDayOfAShorterMonth(string now, string next)
    {
        var options = new PlanPullOptions { DayOfMonth = 31, TimeOfDay = TimeSpan.FromHours(6) };
        Assert.Equal(DateTime.Parse(next, null), PlanSchedule.FindNext(DateTime.Parse(now, null), options).At);
        var due = DateTime.Parse(next, null);
        Assert.Empty(PlanSchedule.FindDue(due.AddSeconds(-1), options, _ => due.AddDays(-27)));
        Assert.Equal([PlanMonth.Of(DateOnly.FromDateTime(due))], PlanSchedule.FindDue(due, options, _ => due.AddDays(-27)));
    }

    [Theory]
    [InlineData("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z")] // 02:30 does not exist that morning: the clock goes from 02:00 to 03:00
    [InlineData("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z")] // 02:30 comes twice: the first counts
    public async Task DayOnWhichTheClockChanges_HasOnePull(string before, string at)
    {
        await using var production = await RunningProductionManagement.StartAsync();
        var day = DateTimeOffset.Parse(at, null);
        await using var terminal = Terminal(production, "--Factory:TimeZone=Europe/Berlin", "--PlanPull:TimeOfDay=02:30:00", $"--PlanPull:DayOfMonth={day.Day}");
        terminal.Time.Now = day.AddDays(-10);
        var job = terminal.Get<PlanPullJob>();
        await job.PullDueAsync(default);
        terminal.Time.Now = DateTimeOffset.Parse(before, null);
        await job.PullDueAsync(default);
        Assert.Equal(1, production.Requests);
        for (terminal.Time.Now = day; terminal.Time.Now < day.AddHours(5); terminal.Time.Now += TimeSpan.FromMinutes(7))
            await job.PullDueAsync(default);
        Assert.Equal(2, production.Requests);
    }

    [Theory]
    [InlineData("Json")]
    [InlineData("Csv")]
    public async Task Pull_BringsTheSampleFiguresOfEveryDay(string format)
    {
        await using var production = await RunningProductionManagement.StartAsync();
        await using var terminal = Terminal(production, $"--PlanPull:Format={format}");
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.Equal(1, production.Requests);
        var today = terminal.Get<ProvisioningStation.CommunicationTerminal.OperatorApi.TodayEndpoint>().Get();
        Assert.Equal([("3012", 1000), ("A123", 2120)], today.Models.Select(model => (model.Model, model.Planned)));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task SystemThatFailsAtFirst_IsAskedAgain()
    {
        await using var production = await RunningProductionManagement.StartAsync("--Faults:FailFirst=1");
        await using var terminal = Terminal(production);
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Contains("answered 503", refusal.Message, StringComparison.Ordinal);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.NotNull(terminal.Get<PlanStore>().FindPulledAt(November));
    }

    [Fact]
    public async Task BadPlan_IsRefusedAndTheOldOneStays()
    {
        await using var production = await RunningProductionManagement.StartAsync("--Plan:File=bad.csv");
        await File.WriteAllTextAsync(production.File("bad.csv"), "date,model,count\n2026-11-21,3012,-5\n");
        await using var terminal = Terminal(production, "--PlanPull:DayOfMonth=21");
        terminal.Time.Now -= TimeSpan.FromDays(1);
        await terminal.PlanAsync(terminal.Row("3012", 7, date: new DateOnly(2026, 11, 21)));
        terminal.Time.Now += TimeSpan.FromDays(1);
        var refusal = await RefusedAsync(ErrorCode.InvalidPlan, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Equal("Line 2, column count: -5 is negative.", refusal.Message);
        await terminal.RunBatchAsync();
        Assert.Equal(7, terminal.Units().Count);
    }

    [Fact]
    public async Task SystemThatIsNotThere_IsUnavailable()
    {
        await using var terminal = new TerminalUnderTest(_authority.Url, "--PlanPull:Url=https://127.0.0.1:9/plan");
        await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
    }

    [Fact]
    public async Task SystemThatIsSomebodyElse_IsRefused()
    {
        await using var terminal = new TerminalUnderTest(_authority.Url, $"--PlanPull:Url={_authority.Url}plan");
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Contains("not the production management system", refusal.Message + refusal.InnerException?.GetBaseException().Message, StringComparison.Ordinal);
    }

    private TerminalUnderTest Terminal(RunningProductionManagement production, params string[] overrides) =>
        new(_authority.Url, [$"--PlanPull:Url={production.Url}plan", .. overrides]);
}
