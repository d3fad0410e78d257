using CsvHelper;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// The plan as CSV (RFC 4180) with the header <c>date,model,count,firstSerial,line</c>; the last two may be left out, the order is free. A line that is not CSV is a bad row, and
/// the next line is read on its own.
/// </summary>
internal static class CsvPlan
{
    private static readonly CsvReaderOptions Strict = CsvReaderOptions.Default with
    {
        Separator = ',',
        HasHeader = true,
        AllowLineBreaksInQuotes = false,
        DetectSeparatorHint = false,
        MalformedData = CsvMalformedDataHandling.Skip,
        FieldCountMismatch = CsvFieldCountHandling.Skip,
        TrackLineNumbers = true,
    };

    /// <summary>The rows as text.</summary>
    public static PlanTable Read(string text)
    {
        var bad = new List<BadPlanRow>();
        try
        {
            using var reader = CsvReader.FromText(text, Strict with { OnMalformedRecord = record => bad.Add(Complain(record)) });
            reader.ReadHeader();
            if (bad.Count > 0)
                throw PlanReader.Invalid(bad[0].ToString()); // the first line that is CSV is not the header then
            var columns = ReadHeader(reader.Headers);
            var rows = new List<PlanCells>();
            while (reader.Read())
                rows.Add(ReadRow(reader, columns));
            return new PlanTable(rows, bad);
        }
        catch (CsvFormatException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"Line {cause.LineNumber} is not CSV as agreed: {Printable.Shorten(cause.Message, 200)}", cause);
        }
    }

    private static BadPlanRow Complain(CsvMalformedRecord record) => new($"Line {record.LineNumber}", null, record.Reason switch
    {
        CsvMalformedReason.FieldCountMismatch => PlanFault.CellCount,
        CsvMalformedReason.StrayQuote => PlanFault.StrayQuote,
        CsvMalformedReason.TextAfterClosingQuote => PlanFault.TextAfterQuote,
        _ => PlanFault.OpenQuote,
    });

    private static Dictionary<string, int> ReadHeader(IReadOnlyList<string> header)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Count; i++)
        {
            var column = PlanCells.FindColumn(header[i])
                ?? throw PlanReader.Invalid($"Line 1 has an unknown column '{Printable.Shorten(header[i])}'. Known: {string.Join(", ", PlanCells.Names)}.");
            if (!columns.TryAdd(column, i))
                throw PlanReader.Invalid($"Line 1 has column {column} twice.");
        }

        var missing = PlanCells.Required.Except(columns.Keys).ToList();
        return missing.Count == 0 ? columns : throw PlanReader.Invalid($"Line 1 lacks column {string.Join(", ", missing)}.");
    }

    private static PlanCells ReadRow(CsvReader reader, Dictionary<string, int> columns)
    {
        return new PlanCells($"Line {reader.LineNumber}", Cell("date"), Cell("model"), Cell("count"), Cell("firstSerial"), Cell("line"));

        string? Cell(string column) => columns.TryGetValue(column, out var index) && !reader.IsEmpty(index) ? reader.GetString(index) : null;
    }
}
