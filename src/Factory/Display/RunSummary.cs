using ProvisioningStation.Protocol.LineStation;
using Spectre.Console;

namespace ProvisioningStation.Factory.Display;

/// <summary>The table at the end of a run.</summary>
public static class RunSummary
{
    /// <summary>Prints a row per line and, below, what is missing.</summary>
    public static void Print(IAnsiConsole console, RunReport report, int wanted)
    {
        var table = new Table().RoundedBorder();
        foreach (var heading in new[] { "Line", "Units", "Proved", "Failed", "Median s", "Slowest s" })
            table.AddColumn(heading);
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned();
        foreach (var line in report.Units.GroupBy(unit => unit.Line).OrderBy(group => group.Key, StringComparer.Ordinal))
            AddRow(table, line.Key, [.. line]);
        AddRow(table, "all", report.Units);
        console.Write(table);
        console.WriteLine($"{report.Proved} of {wanted} units proved; today's plan {report.Planned}, certificates issued {report.Issued}.");
        foreach (var unit in report.Units.Where(unit => unit.Verdict != Verdict.Pass))
            console.WriteLine($"Not proved: {unit.MachineNumber} on line {unit.Line}: {Wording.Of(unit.Verdict)} {unit.Code}");
        if (report.Units.Count < wanted)
            console.WriteLine($"Only {report.Units.Count} units could be begun: today's plan has no more.");
    }

    private static void AddRow(Table table, string line, IReadOnlyList<ReportedUnit> units)
    {
        var seconds = units.Select(unit => unit.Seconds).Order().ToList();
        table.AddRow(
            line,
            units.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
            units.Count(unit => unit.Verdict == Verdict.Pass).ToString(System.Globalization.CultureInfo.InvariantCulture),
            units.Count(unit => unit.Verdict != Verdict.Pass).ToString(System.Globalization.CultureInfo.InvariantCulture),
            seconds.Count == 0 ? "–" : Wording.Seconds(seconds[seconds.Count / 2]),
            seconds.Count == 0 ? "–" : Wording.Seconds(seconds[^1]));
    }
}
