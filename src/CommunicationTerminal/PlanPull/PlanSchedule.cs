namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// When which month's plan is to be asked for, by the factory's wall clock: a time that a spring morning skips counts as passed when the clock is beyond it, and one that comes
/// twice in autumn counts once.
/// </summary>
internal static class PlanSchedule
{
    /// <summary>The months to pull at <paramref name="now"/>, given when the source last answered for a month.</summary>
    public static IReadOnlyList<PlanMonth> FindDue(DateTime now, PlanPullOptions options, Func<PlanMonth, DateTime?> findPulledAt)
    {
        var current = PlanMonth.Of(DateOnly.FromDateTime(now));
        var due = new List<PlanMonth>();
        if (findPulledAt(current) is null)
            due.Add(current);

        var scheduled = ScheduledIn(current, options);
        var wanted = current.Add(options.MonthsAhead);
        if (now >= scheduled && !due.Contains(wanted) && (findPulledAt(wanted) is not { } pulled || pulled < scheduled))
            due.Add(wanted);
        return due;
    }

    /// <summary>The next monthly pull after <paramref name="now"/>, and the month that it asks for.</summary>
    public static (DateTime At, PlanMonth Month) FindNext(DateTime now, PlanPullOptions options)
    {
        var current = PlanMonth.Of(DateOnly.FromDateTime(now));
        var month = ScheduledIn(current, options) > now ? current : current.Add(1);
        return (ScheduledIn(month, options), month.Add(options.MonthsAhead));
    }

    /// <summary>The moment of a month's pull; a shorter month's last day stands in for a day that it lacks.</summary>
    private static DateTime ScheduledIn(PlanMonth month, PlanPullOptions options) =>
        new DateTime(month.Year, month.Month, Math.Min(options.DayOfMonth, month.LastDay.Day), 0, 0, 0, DateTimeKind.Unspecified) + options.TimeOfDay;
}
