namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>A day on the factory's clock, hour by hour: 23 or 25 of them where the clock is put forward or back.</summary>
internal sealed class FactoryDay
{
    private readonly DateTimeOffset _start;

    /// <summary>The day of this date.</summary>
    public FactoryDay(FactoryClock clock, DateOnly date)
    {
        _start = clock.UtcOf(date.ToDateTime(TimeOnly.MinValue));
        End = clock.UtcOf(date.AddDays(1).ToDateTime(TimeOnly.MinValue));
        Hours = Enumerable.Range(0, (int)Math.Ceiling((End - _start).TotalHours)).Select(hour => clock.LocalOf(FactoryClock.Stored(_start.AddHours(hour)))).ToList();
    }

    /// <summary>What the wall clock shows when each hour begins.</summary>
    public IReadOnlyList<DateTime> Hours { get; }

    /// <summary>Its first moment, as stored.</summary>
    public string First => FactoryClock.Stored(_start);

    /// <summary>The first moment after it, as stored.</summary>
    public string Next => FactoryClock.Stored(End);

    /// <summary>The first moment after it.</summary>
    public DateTimeOffset End { get; }

    /// <summary>Which of <see cref="Hours"/> a stored time, or the minute that it begins with, is in.</summary>
    public int HourOf(string stored) => (int)((FactoryClock.Parse(stored[..16] + ":00.000Z") - _start).TotalMinutes / 60);
}
