using System.Globalization;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

/// <summary>
/// A symbol with a size: as large as there is room, up to half a millimetre for a narrow bar, each column a whole number of the printer's dots, so that all bars of one width
/// come out equally wide.
/// </summary>
/// <param name="Symbol">The bars.</param>
/// <param name="Column">The width of a column, in mm.</param>
internal sealed record FittedSymbol(Symbol Symbol, double Column)
{
    private const double LargestNarrow = 0.51;

    /// <summary>7.5 mil: what hand scanners still read at arm's length.</summary>
    private const double SmallestNarrow = 0.19;

    private const double LargestQrModule = 1.0;

    private const double SmallestQrModule = 0.33;

    private const double MillimetresPerInch = 25.4;

    /// <summary>The width with both quiet zones, in mm.</summary>
    public double WidthWithQuiet => Symbol.ColumnsWithQuiet * Column;

    /// <summary>The quiet zone on each side, in mm.</summary>
    public double Quiet => Symbol.Quiet * Column;

    /// <summary>The symbol of <paramref name="text"/> for a place <paramref name="width"/> by <paramref name="height"/> mm, quiet zones included, on a printer of <paramref name="dpi"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotSupported"/> where it would be too fine to be read.</exception>
    public static FittedSymbol Fit(BarcodeKind kind, string text, double width, double height, int dpi)
    {
        var dot = MillimetresPerInch / dpi;
        var fitted = kind switch
        {
            BarcodeKind.Code128 => Scale(Code128.Encode(text), width, dot, LargestNarrow, SmallestNarrow),
            BarcodeKind.Code39 => FitCode39(text, width, dot),
            _ => Scale(QrSymbol.Encode(text), Math.Min(width, height), dot, LargestQrModule, SmallestQrModule),
        };
        return fitted ?? throw new ProvisioningException(
            ErrorCode.NotSupported,
            string.Create(CultureInfo.InvariantCulture, $"A {kind} of '{Printable.Shorten(text)}' is too wide for {width:0.#} × {height:0.#} mm at {dpi} dpi. Choose a larger layout or another barcode."));
    }

    private static FittedSymbol? Scale(Symbol symbol, double room, double dot, double largest, double smallest)
    {
        var dots = Math.Min((int)(room / (symbol.ColumnsWithQuiet * dot)), (int)(largest / dot));
        return dots > 0 && dots * dot >= smallest ? new FittedSymbol(symbol, dots * dot) : null;
    }

    /// <summary>The largest narrow bar for which a wide one still has 2¼ of it, and then the widest wide one up to three.</summary>
    private static FittedSymbol? FitCode39(string text, double room, double dot)
    {
        for (var narrow = (int)(LargestNarrow / dot); narrow > 0 && narrow * dot >= SmallestNarrow; narrow--)
        {
            for (var wide = 3 * narrow; wide * 4 >= narrow * 9; wide--)
            {
                var fitted = new FittedSymbol(Code39.Encode(text, narrow, wide), dot);
                if (fitted.WidthWithQuiet <= room)
                    return fitted;
            }
        }

        return null;
    }
}
