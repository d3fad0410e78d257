using System.Globalization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>What every plan must keep, whatever form it came in.</summary>
internal static class PlanRules
{
    private const int MaxLineLength = 32;

    /// <summary>Turns text into values and checks the plan against itself.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> with row and column.</exception>
    public static ProductionPlan Check(PlanMonth month, IReadOnlyList<PlanCells> cells)
    {
        var rows = new List<PlanRow>(cells.Count);
        var places = new Dictionary<(DateOnly, ModelCode), string>();
        foreach (var row in cells)
        {
            var parsed = Parse(month, row);
            if (!places.TryAdd((parsed.Date, parsed.Model), row.Place))
                throw Refuse(row, "model", $"{parsed.Model} on {parsed.Date:yyyy-MM-dd} was already given in {places[(parsed.Date, parsed.Model)].ToLowerInvariant()}");
            rows.Add(parsed);
        }

        RequireSeparateSerials(cells, rows);
        return new ProductionPlan(month, rows);
    }

    /// <summary>Refuses serials that units already bear. A row whose units were allocated by an earlier pull of the same row is not a clash.</summary>
    public static void RequireFreeSerials(ProductionPlan plan, IEnumerable<(DateOnly Date, ModelCode Model, SerialRange Range)> allocated)
    {
        var byModel = allocated.ToLookup(allocation => allocation.Model);
        foreach (var row in plan.Rows)
        {
            if (row.GivenRange is not { } range || byModel[row.Model].Any(allocation => allocation.Date == row.Date))
                continue;
            foreach (var clash in byModel[row.Model].Where(allocation => allocation.Range.Overlaps(range)))
            {
                throw PlanReader.Invalid(
                    $"Row {row.Date:yyyy-MM-dd} {row.Model}, column firstSerial: serials {range} overlap {clash.Range}, which were given to units of {clash.Date:yyyy-MM-dd}.");
            }
        }
    }

    private static void RequireSeparateSerials(IReadOnlyList<PlanCells> cells, List<PlanRow> rows)
    {
        var given = rows.Zip(cells).Where(row => row.First.GivenRange is not null).Select(row => (row.First.Model, Range: row.First.GivenRange!.Value, Cells: row.Second));
        foreach (var model in given.GroupBy(row => row.Model))
        {
            var ordered = model.OrderBy(row => row.Range.First).ToList();
            for (var i = 1; i < ordered.Count; i++)
            {
                if (ordered[i].Range.Overlaps(ordered[i - 1].Range))
                    throw Refuse(ordered[i].Cells, "firstSerial", $"serials {ordered[i].Range} of {model.Key} overlap those of {ordered[i - 1].Cells.Place.ToLowerInvariant()}");
            }
        }
    }

    private static PlanRow Parse(PlanMonth month, PlanCells row)
    {
        if (!DateOnly.TryParseExact(row.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            throw Refuse(row, "date", $"'{Printable.Shorten(row.Date)}' is not a date of the form yyyy-MM-dd");
        if (PlanMonth.Of(date) != month)
            throw Refuse(row, "date", $"{row.Date} is not in the month asked for, {month}");
        if (!ModelCode.TryParse(row.Model, out var model))
            throw Refuse(row, "model", $"'{Printable.Shorten(row.Model)}' is not a model code (four capital letters or digits)");

        var count = Number(row, "count", row.Count) ?? throw Refuse(row, "count", "it is empty");
        var first = Number(row, "firstSerial", row.FirstSerial);
        if (first + count - 1 > MachineNumber.MaxSerial)
            throw Refuse(row, "firstSerial", $"{count} units from {first} on need serials above {MachineNumber.MaxSerial}");
        if (row.Line is { } line && (line.Length > MaxLineLength || !line.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
            throw Refuse(row, "line", $"'{Printable.Shorten(line)}' is not the name of a line (letters, digits, hyphens, at most {MaxLineLength})");
        return new PlanRow(date, model, count, first, row.Line);
    }

    private static int? Number(PlanCells row, string column, string? text)
    {
        if (text is null)
            return null;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw Refuse(row, column, $"'{Printable.Shorten(text)}' is not a whole number from 0 to {MachineNumber.MaxSerial}");
        if (value < 0)
            throw Refuse(row, column, $"{value} is negative");
        return value <= MachineNumber.MaxSerial ? value : throw Refuse(row, column, $"{value} is more than {MachineNumber.MaxSerial}");
    }

    private static ProvisioningException Refuse(PlanCells row, string column, string what) => PlanReader.Invalid($"{row.Place}, column {column}: {what}.");
}
