using CsvHelper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The plan as CSV (RFC 4180) with the header <c>date,model,count,firstSerial,line</c>; the last two may be left out, the order is free.</summary>
internal static class CsvPlan
{
    private static readonly string[] Known = ["date", "model", "count", "firstSerial", "line"];
    private static readonly string[] Required = ["date", "model", "count"];

    private static readonly CsvReaderOptions Strict = CsvReaderOptions.Default with
    {
        Separator = ',',
        HasHeader = true,
        AllowLineBreaksInQuotes = false,
        DetectSeparatorHint = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
        TrackLineNumbers = true,
        MaxRecordSize = 1024,
    };

    /// <summary>The rows as text.</summary>
    public static List<PlanCells> Read(string text)
    {
        try
        {
            using var reader = CsvReader.FromText(text, Strict);
            reader.ReadHeader();
            var columns = ReadHeader(reader.Headers);
            var rows = new List<PlanCells>();
            while (reader.Read())
                rows.Add(ReadRow(reader, columns));
            return rows;
        }
        catch (CsvFormatException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"Line {cause.LineNumber} is not CSV as agreed: {Printable.Shorten(cause.Message, 200)}", cause);
        }
    }

    private static Dictionary<string, int> ReadHeader(IReadOnlyList<string> header)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Count; i++)
        {
            if (!Known.Contains(header[i]))
                throw PlanReader.Invalid($"Line 1 has an unknown column '{Printable.Shorten(header[i])}'. Known: {string.Join(", ", Known)}.");
            if (!columns.TryAdd(header[i], i))
                throw PlanReader.Invalid($"Line 1 has column {header[i]} twice.");
        }

        var missing = Required.Except(columns.Keys).ToList();
        return missing.Count == 0 ? columns : throw PlanReader.Invalid($"Line 1 lacks column {string.Join(", ", missing)}.");
    }

    private static PlanCells ReadRow(CsvReader reader, Dictionary<string, int> columns)
    {
        return new PlanCells($"Line {reader.LineNumber}", Cell("date"), Cell("model"), Cell("count"), Cell("firstSerial"), Cell("line"));

        string? Cell(string column) => columns.TryGetValue(column, out var index) && !reader.IsEmpty(index) ? reader.GetString(index) : null;
    }
}
