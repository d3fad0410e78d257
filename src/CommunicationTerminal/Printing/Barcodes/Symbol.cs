namespace ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

/// <summary>A dark stretch of one row, in columns of the symbol.</summary>
internal readonly record struct Bar(int Row, int Column, int Length);

/// <summary>
/// A barcode without a size: dark bars on a grid of <paramref name="Columns"/> by <paramref name="Rows"/>. A linear symbol has one row, which is drawn as high as there is room.
/// </summary>
/// <param name="Columns">The width, without quiet zones.</param>
/// <param name="Rows">1 for a linear symbol; as many as columns for a QR code.</param>
/// <param name="Quiet">How many columns must stay blank on each side: ten modules beside a linear symbol, four modules all around a QR code, as their standards ask for.</param>
/// <param name="Bars">From top left to bottom right.</param>
internal sealed record Symbol(int Columns, int Rows, int Quiet, IReadOnlyList<Bar> Bars)
{
    /// <summary>The blank modules on each side of a linear symbol.</summary>
    public const int LinearQuiet = 10;

    /// <summary>Whether it is drawn as high as there is room.</summary>
    public bool IsLinear => Rows == 1;

    /// <summary>The width with both quiet zones.</summary>
    public int ColumnsWithQuiet => Columns + (2 * Quiet);

    /// <summary>A linear symbol from the widths of its bars and spaces in turn, beginning and ending with a bar.</summary>
    public static Symbol Linear(IEnumerable<int> widths, int quiet)
    {
        var bars = new List<Bar>();
        var (column, dark) = (0, true);
        foreach (var width in widths)
        {
            if (dark)
                bars.Add(new Bar(0, column, width));
            column += width;
            dark = !dark;
        }

        return new Symbol(column, 1, quiet, bars);
    }
}
