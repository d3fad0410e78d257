using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>The hours of a day on the factory's clock.</summary>
public sealed class HourTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-10-25", 25, "0 1 2 2 3")]
    [InlineData("Europe/Berlin", "2026-03-29", 23, "0 1 3 4 5")]
    [InlineData("Asia/Tokyo", "2026-11-21", 24, "0 1 2 3 4")]
    [InlineData("Asia/Kolkata", "2026-11-21", 24, "0 1 2 3 4")]
    [InlineData("Africa/Cairo", "2026-04-24", 23, "1 2 3 4 5")]
    public void Day_HasAsManyHoursAsTheClockShows(string zone, string date, int hours, string first)
    {
        var day = new FactoryDay(Clock(zone, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), FactoryClock.ParseDate(date));
        Assert.Equal(hours, day.Hours.Count);
        Assert.Equal(first, string.Join(' ', day.Hours.Take(5).Select(hour => hour.Hour)));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-25T00:30:00.000Z", 2, "2026-10-25T01:30:00.000Z", 3)] // 02:30 twice
    [InlineData("Europe/Berlin", "2026-03-29T00:59:59.999Z", 1, "2026-03-29T01:00:00.000Z", 2)] // 01:59, then 03:00
    [InlineData("Asia/Tokyo", "2026-11-20T15:00:00.000Z", 0, "2026-11-21T14:59:59.999Z", 23)] // crosses midnight of UTC
    [InlineData("Asia/Kolkata", "2026-11-20T18:30:00.000Z", 0, "2026-11-20T19:29:59.999Z", 0)] // hours begin at half past
    public async Task Units_StandInTheHourThatTheClockShowed(string zone, string first, int firstHour, string second, int secondHour)
    {
        await using var pages = await RunningPages.StartAsync($"--Factory:TimeZone={zone}");
        pages.Time.Now = FactoryClock.Parse(second);
        var floor = PlannedFloor.Of(pages);
        await floor.UnitsAsync("3012", 1, UnitState.Proved, "1001", doneAt: FactoryClock.Parse(first));
        await floor.UnitsAsync("A123", 2, UnitState.Written, "1001", doneAt: FactoryClock.Parse(second));
        var day = new FactoryDay(pages.Get<FactoryClock>(), pages.Get<FactoryClock>().Today);
        await floor.UnitsAsync("3012", 4, UnitState.Proved, "1001", doneAt: FactoryClock.Parse(day.First).AddMilliseconds(-1));
        await floor.UnitsAsync("3012", 8, UnitState.Proved, "1001", doneAt: FactoryClock.Parse(day.Next));
        var hours = pages.Get<TodayNumbers>().Read().Hours;
        var expected = new int[hours.Count];
        expected[firstHour] += 1;
        expected[secondHour] += 2;
        Assert.Equal(expected, hours.Select(hour => hour.AllWritten));
        Assert.Equal((1, firstHour), (hours.Sum(hour => hour.Proved), hours.ToList().FindIndex(hour => hour.Proved > 0)));
        Assert.Equal((1, 2), (pages.Get<TodayNumbers>().Read().UsedOf("3012"), pages.Get<TodayNumbers>().Read().UsedOf("A123")));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(5, 2, 3)]
    [InlineData(7, 2, 4)]
    [InlineData(9, 5, 2)]
    [InlineData(400, 100, 4)]
    [InlineData(401, 200, 3)]
    [InlineData(999_999, 500_000, 2)]
    public void Scale_HasRoundLinesAndFits(int largest, int step, int lines) => Assert.Equal(new BarScale(step, lines), BarScale.For(largest));

    private static FactoryClock Clock(string zone, DateTimeOffset now) => new(new SettableTime(now), new FactoryOptions { TimeZone = zone });
}
