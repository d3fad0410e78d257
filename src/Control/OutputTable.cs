using ProvisioningStation.Hosting.Operator;
using Spectre.Console;

namespace ProvisioningStation.Control;

/// <summary>A table for people: <c>new OutputTable("Machine number", "State", "&gt;Left")</c>, where <c>&gt;</c> sets a column to the right. What is empty shows as a dash.</summary>
public sealed class OutputTable
{
    private const string Empty = "–";

    private readonly Table _table = new Table().RoundedBorder();

    /// <summary>A table with these headings.</summary>
    public OutputTable(params IReadOnlyList<string> headings)
    {
        foreach (var heading in headings)
        {
            var column = new TableColumn(Markup.Escape(heading.TrimStart('>')));
            _table.AddColumn(heading.StartsWith('>') ? column.RightAligned() : column);
        }
    }

    /// <summary>How many rows there are.</summary>
    public int Count => _table.Rows.Count;

    /// <summary>Adds a row; values are shown as they are, dates and numbers in one form for everybody.</summary>
    public void Add(params IReadOnlyList<object?> cells) => _table.AddRow([.. cells.Select(cell => Markup.Escape(Text(cell)))]);

    /// <summary>Prints it, or <paramref name="none"/> where it has no rows.</summary>
    public void Print(string none)
    {
        if (Count == 0)
            Console.WriteLine(none);
        else
            OutputConsole.Create().Write(_table);
    }

    /// <summary>How one value is shown.</summary>
    internal static string Text(object? cell)
    {
        var text = cell switch
        {
            DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            DateOnly day => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            IFormattable number and not Enum => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => cell?.ToString(),
        };
        return string.IsNullOrEmpty(text) ? Empty : string.Concat(text.Where(c => !char.IsControl(c))); // nothing from outside moves the cursor
    }
}
