using System.Text;

namespace ProvisioningStation.Hosting;

/// <summary>
/// CSV as RFC 4180 has it: CRLF behind every row, quotes where a cell needs them. No cell begins as a formula does, in half or full width (<c>= + - @</c>, tab, CR, LF): a spreadsheet would
/// run it. Such a cell gets an apostrophe before it, which spreadsheets hide and programs have to take away.
/// </summary>
public static class CsvText
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/csv";

    /// <summary>What begins a file for spreadsheets that would otherwise take UTF-8 for the machine's own code page.</summary>
    public const string ByteOrderMark = "\uFEFF";

    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";

    /// <summary>One cell.</summary>
    public static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        if (FormulaStarts.Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Adds one row.</summary>
    public static StringBuilder AppendRow(this StringBuilder rows, params ReadOnlySpan<string?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                rows.Append(',');
            rows.Append(Cell(cells[i]));
        }

        return rows.Append("\r\n");
    }
}
