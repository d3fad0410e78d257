using System.Globalization;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>What every plan must keep, whatever form it came in.</summary>
internal static class PlanRules
{
    private const int MaxRows = 100_000;
    private const int MaxLineLength = 32;

    /// <summary>Turns text into values and checks the plan against itself.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> where there are more rows than any plan has.</exception>
    public static PlanReading Check(PlanMonth month, PlanTable table)
    {
        if (table.Rows.Count + table.Bad.Count > MaxRows)
            throw PlanReader.Invalid($"The plan has more than {MaxRows} rows.");
        var bad = new BadRows();
        foreach (var row in table.Bad)
            bad.Add(row);
        var good = new List<(PlanRow Row, PlanCells Cells)>(table.Rows.Count);
        foreach (var cells in table.Rows)
        {
            if (Parse(month, cells, out var row) is { } complaint)
                bad.Add(complaint);
            else
                good.Add((row!, cells));
        }

        RemoveRepeated(good, bad);
        RemoveOverlapping(good, bad);
        return new PlanReading(month, good.Select(one => one.Row).ToList(), bad);
    }

    /// <summary>The one month that all rows with a readable date are in.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> where it is not one.</exception>
    public static PlanMonth FindMonth(IEnumerable<PlanCells> rows)
    {
        var months = rows.Where(row => TryDate(row.Date, out _)).Select(row => row.Date![..7]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(3).ToList();
        return months.Count switch
        {
            1 when PlanMonth.TryParse(months[0], out var month) => month,
            0 => throw PlanReader.Invalid("No row has a date of the form yyyy-MM-dd, so that nothing says which month the plan is of."),
            _ => throw PlanReader.Invalid($"The plan has rows of {string.Join(" and of ", months)}. A plan is of one month."),
        };
    }

    /// <summary>The rows whose serials units of other days already bear. A row that says of its day's units what they are is no clash.</summary>
    public static IEnumerable<BadPlanRow> FindTakenSerials(IEnumerable<PlanRow> rows, IEnumerable<(DateOnly Date, ModelCode Model, SerialRange Range)> allocated)
    {
        var byModel = allocated.ToLookup(allocation => allocation.Model);
        foreach (var row in rows)
        {
            if (row.GivenRange is not { } range || byModel[row.Model].Any(allocation => allocation.Date == row.Date && allocation.Range == range))
                continue;
            if (byModel[row.Model].Where(allocation => allocation.Date != row.Date && allocation.Range.Overlaps(range)).Take(1).ToList() is [var clash])
            {
                yield return new BadPlanRow(
                    $"Row {row.Date:yyyy-MM-dd} {row.Model}",
                    "firstSerial",
                    PlanFault.OverlapsUnits,
                    range.ToString(),
                    $"{clash.Range}, which were given to units of {clash.Date:yyyy-MM-dd}",
                    row.Date,
                    row.Model.ToString());
            }
        }
    }

    /// <summary>Where a day of a model is given twice, nobody knows which holds: neither is taken.</summary>
    private static void RemoveRepeated(List<(PlanRow Row, PlanCells Cells)> good, BadRows bad)
    {
        var repeated = good.GroupBy(one => (one.Row.Date, one.Row.Model)).Where(same => same.Skip(1).Any()).ToDictionary(same => same.Key, same => same.First().Cells);
        if (repeated.Count == 0)
            return;
        foreach (var (row, cells) in good)
        {
            if (!repeated.TryGetValue((row.Date, row.Model), out var first))
                continue;
            var isFirst = ReferenceEquals(cells, first);
            bad.Add(Complain(cells, "model", isFirst ? PlanFault.GivenAgain : PlanFault.AlreadyGiven, $"{row.Model} on {row.Date:yyyy-MM-dd}", row, isFirst ? null : first.Place));
        }

        good.RemoveAll(one => repeated.ContainsKey((one.Row.Date, one.Row.Model)));
    }

    private static void RemoveOverlapping(List<(PlanRow Row, PlanCells Cells)> good, BadRows bad)
    {
        var overlapping = new HashSet<PlanCells>(ReferenceEqualityComparer.Instance);
        foreach (var model in good.Where(one => one.Row.GivenRange is not null).GroupBy(one => one.Row.Model))
        {
            (PlanRow Row, PlanCells Cells)? before = null;
            foreach (var one in model.OrderBy(one => one.Row.GivenRange!.Value.First))
            {
                if (before is { } earlier && earlier.Row.GivenRange!.Value.Overlaps(one.Row.GivenRange!.Value))
                {
                    overlapping.Add(one.Cells);
                    bad.Add(Complain(one.Cells, "firstSerial", PlanFault.OverlapsRow, $"{one.Row.GivenRange} of {model.Key}", one.Row, earlier.Cells.Place));
                }
                else
                {
                    before = one;
                }
            }
        }

        if (overlapping.Count > 0)
            good.RemoveAll(one => overlapping.Contains(one.Cells));
    }

    private static BadPlanRow? Parse(PlanMonth month, PlanCells cells, out PlanRow? row)
    {
        row = null;
        if (!TryDate(cells.Date, out var date))
            return Complain(cells, "date", PlanFault.NotADate, cells.Date);
        if (PlanMonth.Of(date) != month)
            return Complain(cells, "date", PlanFault.OtherMonth, cells.Date, other: month.ToString());
        if (!ModelCode.TryParse(cells.Model, out var model))
            return Complain(cells, "model", PlanFault.NotAModel, cells.Model);

        row = new PlanRow(date, model, 0, null, cells.Line); // its place is known from here on, whatever else is wrong with it
        if (cells.Count is null)
            return Complain(cells, "count", PlanFault.Empty, null, row);
        if (FindNumberProblem(cells.Count, out var count) is { } wrongCount)
            return Complain(cells, "count", wrongCount, cells.Count, row);
        var first = 0;
        if (cells.FirstSerial is not null && FindNumberProblem(cells.FirstSerial, out first) is { } wrongFirst)
            return Complain(cells, "firstSerial", wrongFirst, cells.FirstSerial, row);
        if (cells.FirstSerial is not null && first + count - 1 > MachineNumber.MaxSerial)
            return Complain(cells, "firstSerial", PlanFault.SerialsTooHigh, cells.Count, row, cells.FirstSerial);
        if (cells.Line is { } line && (line.Length > MaxLineLength || !line.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
            return Complain(cells, "line", PlanFault.NotALine, line, row);
        row = row with { Count = count, FirstSerial = cells.FirstSerial is null ? null : first };
        return null;
    }

    private static bool TryDate(string? text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static PlanFault? FindNumberProblem(string text, out int value)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return PlanFault.NotANumber;
        return value < 0 ? PlanFault.Negative : value > MachineNumber.MaxSerial ? PlanFault.TooLarge : null;
    }

    private static BadPlanRow Complain(PlanCells cells, string column, PlanFault fault, string? value, PlanRow? row = null, string? other = null) =>
        new(cells.Place, column, fault, Printable.Shorten(value), other, row?.Date, row?.Model.ToString());
}
