using System.Globalization;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.Control.Terminal;

/// <summary>Plan, pulls and differences for people.</summary>
internal static class PlanOutput
{
    /// <summary>A month's plan.</summary>
    public static void Print(PlanStatus plan)
    {
        var table = new OutputTable("Day", "Model", ">Units", ">First serial", "Line", "Certificates");
        foreach (var day in plan.Days)
            table.Add(day.Date, day.Model, day.Units.Count, day.Units.FirstSerial, day.Units.Line, day.Managed ? "yes" : "no");
        table.Print($"No rows for {plan.Month}.");
        Console.WriteLine(plan.PulledAt is { } at ? $"Plan of {plan.Month} as of {OutputTable.Text(at)}." : $"There is no plan of {plan.Month} yet.");
        Console.WriteLine($"Next pull: {plan.NextPull.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} in the factory's time, for {plan.NextMonth}.");
        if (plan.Waiting is { } waiting)
            Console.WriteLine($"Pull {waiting} waits for a decision: stationctl terminal plan differences");
        if (plan.Error is { } error)
            Console.WriteLine($"The last pull failed: {OutputTable.Text(error)}");
    }

    /// <summary>Pulls.</summary>
    public static void Print(IReadOnlyList<PulledPlan> pulls)
    {
        var table = new OutputTable(">Pull", "At", "Month", "Source", "Place", "Who", "Outcome", ">Good", ">Bad", "Remark");
        foreach (var pull in pulls)
            table.Add(pull.Id, pull.LastAt, pull.Month, pull.Source, pull.Place, pull.Actor, pull.Outcome, pull.GoodRows, pull.BadRows, RemarkOf(pull));
        table.Print("Nothing was pulled yet.");
    }

    /// <summary>One pull.</summary>
    public static void Print(PulledPlan pull) =>
        Console.WriteLine($"Plan of {pull.Month}, pull {pull.Id}: {pull.Outcome}, {pull.GoodRows} good rows, {pull.BadRows} bad. {OutputTable.Text(RemarkOf(pull)).TrimEnd('–')}".TrimEnd());

    /// <summary>One pull with its differences and bad rows.</summary>
    public static void Print(PullResult result)
    {
        Print(result.Pull);
        if (result.ChangeCount > 0)
        {
            var table = new OutputTable("Day", "Model", "Before", "After", ">Issued", ">On a line", ">Written", "What will happen");
            foreach (var change in result.Changes)
                table.Add(change.Date, change.Model, Say(change.Before), Say(change.After), change.Issued, change.HandedOver, change.Written, change.Describe());
            table.Print(string.Empty);
        }

        if (result.ChangeCount > result.Changes.Count)
            Console.WriteLine($"… and {result.ChangeCount - result.Changes.Count} more differences.");
        foreach (var bad in result.BadRows)
            Console.WriteLine(OutputTable.Text(bad.Sentence));
        if (result.Pull.BadRows > result.BadRows.Count)
            Console.WriteLine($"… and {result.Pull.BadRows - result.BadRows.Count} more bad rows.");
        foreach (var correction in result.Corrections)
            Console.WriteLine($"{OutputTable.Text(correction.Date)} {correction.Model}: {correction.BeforeCount} to {correction.AfterCount} units, {correction.Result ?? "waits for the batch."}");
    }

    private static string? RemarkOf(PulledPlan pull) =>
        pull.Error is { } error ? (pull.Attempts > 1 ? $"{error} ({pull.Attempts} times)" : error) : pull.DecidedBy is { } who ? $"by {who} at {OutputTable.Text(pull.DecidedAt)}" : null;

    private static string? Say(PlannedUnits? units) => units is null
        ? null
        : units.Count.ToString(CultureInfo.InvariantCulture) + (units.FirstSerial is { } first ? $" from {first}" : string.Empty) + (units.Line is null ? string.Empty : $" (line {units.Line})");
}
