using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The plan as CSV (RFC 4180) with the header <c>date,model,count,firstSerial,line</c>; the last two may be left out, the order is free.</summary>
internal static class CsvPlan
{
    private static readonly string[] Known = ["date", "model", "count", "firstSerial", "line"];
    private static readonly string[] Required = ["date", "model", "count"];

    /// <summary>The rows as text.</summary>
    public static List<PlanCells> Read(string text)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = ",",
            DetectDelimiter = false,
            BadDataFound = static bad => throw new FormatException($"a quotation mark stands where none may: {Printable.Shorten(bad.Field)}"),
        };
        using var parser = new CsvParser(new StringReader(text), configuration);
        var line = 1;
        try
        {
            if (!parser.Read())
                throw PlanReader.Invalid("The plan is empty.");
            var columns = ReadHeader(parser.Record!);
            var rows = new List<PlanCells>();
            for (line = parser.RawRow + 1; parser.Read(); line = parser.RawRow + 1)
                rows.Add(ReadRow(parser.Record!, columns, line));
            return rows;
        }
        catch (Exception cause) when (cause is CsvHelperException or FormatException)
        {
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"Line {line} is not CSV: {Printable.Shorten((cause.InnerException ?? cause).Message, 200)}.", cause);
        }
    }

    private static Dictionary<string, int> ReadHeader(string[] header)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            if (!Known.Contains(header[i]))
                throw PlanReader.Invalid($"Line 1 has an unknown column '{Printable.Shorten(header[i])}'. Known: {string.Join(", ", Known)}.");
            if (!columns.TryAdd(header[i], i))
                throw PlanReader.Invalid($"Line 1 has column {header[i]} twice.");
        }

        var missing = Required.Except(columns.Keys).ToList();
        return missing.Count == 0 ? columns : throw PlanReader.Invalid($"Line 1 lacks column {string.Join(", ", missing)}.");
    }

    private static PlanCells ReadRow(string[] cells, Dictionary<string, int> columns, int line)
    {
        if (cells.Length != columns.Count)
            throw PlanReader.Invalid($"Line {line} has {cells.Length} cells. Expected {columns.Count}.");
        return new PlanCells($"Line {line}", Cell("date"), Cell("model"), Cell("count"), Cell("firstSerial"), Cell("line"));

        string? Cell(string column) => columns.TryGetValue(column, out var index) && cells[index].Length > 0 ? cells[index] : null;
    }
}
