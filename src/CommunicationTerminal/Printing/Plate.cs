using ProvisioningStation.CommunicationTerminal.Printing.Barcodes;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>A rating plate: model, barcode, machine number. No frame around it: a scanner could take it for a bar. Latin letters only, whatever the language.</summary>
internal static class Plate
{
    private const double Padding = 1.5;
    private const double Gap = 1.2;

    /// <summary>What the words beside a QR code need.</summary>
    private const double QrTextWidth = 24;

    /// <summary>A plate on a place of its own: what stands on it.</summary>
    public static IEnumerable<Mark> Draw(PlateLayout layout, int place, PrintedUnit unit, BarcodeKind kind, PrintingOptions options)
    {
        var (x, y) = layout.CornerOf(place);
        var number = unit.Number.ToString();
        var fitted = BarcodeOf(layout, kind, unit.Coded, options.PrinterDpi);
        var model = $"MODEL {unit.Number.Model}";
        var reprint = unit.Copy > 1 && options.MarkReprints ? $"R{unit.Copy - 1}" : string.Empty;
        var marks = kind == BarcodeKind.Qr
            ? DrawBesideQr(layout, x, y, fitted, options.PlateTitle, model, number, reprint)
            : DrawAroundBars(layout, x, y, fitted, options.PlateTitle, model, number, reprint);
        return marks.Where(mark => mark is not TextMark { Text: "" });
    }

    /// <summary>The barcode as it fits a plate of <paramref name="layout"/>.</summary>
    /// <exception cref="Protocol.ProvisioningException">It doesn't fit.</exception>
    public static FittedSymbol BarcodeOf(PlateLayout layout, BarcodeKind kind, string number, int dpi)
    {
        var (width, height) = ((double)layout.LabelWidth, (double)layout.LabelHeight);
        return FittedSymbol.Fit(kind, number, kind == BarcodeKind.Qr ? width - QrTextWidth : width, height, dpi);
    }

    private static IEnumerable<Mark> DrawAroundBars(PlateLayout layout, double x, double y, FittedSymbol fitted, string? title, string model, string number, string reprint)
    {
        var (width, height) = ((double)layout.LabelWidth, (double)layout.LabelHeight);
        var (small, large) = (Math.Clamp(height * 0.11, 2.2, 4), Math.Clamp(height * 0.17, 2.8, 7));
        var inner = width - (2 * Padding);
        var top = y + Padding + small + Gap;
        var bottom = y + height - Padding - large - Gap;
        yield return new TextMark(title ?? model, x + Padding, y + Padding + (small * 0.8), small, title is null ? inner : inner * 0.6, Bold: true);
        if (title is not null)
            yield return new TextMark(model, x + width - Padding, y + Padding + (small * 0.8), small, inner * 0.38, TextAlign.Right);
        yield return new BarcodeMark(fitted, x + ((width - fitted.WidthWithQuiet) / 2) + fitted.Quiet, top, bottom - top);
        yield return new TextMark(number, x + (width / 2), y + height - Padding - (large * 0.2), large, inner * 0.8, TextAlign.Centre, Bold: true);
        yield return new TextMark(reprint, x + width - Padding, y + height - Padding - (large * 0.2), small, inner * 0.1, TextAlign.Right);
    }

    private static IEnumerable<Mark> DrawBesideQr(PlateLayout layout, double x, double y, FittedSymbol fitted, string? title, string model, string number, string reprint)
    {
        var (width, height) = ((double)layout.LabelWidth, (double)layout.LabelHeight);
        var (left, size) = (x + fitted.WidthWithQuiet, Math.Clamp(height * 0.16, 2.8, 6));
        var room = width - fitted.WidthWithQuiet - Padding;
        var middle = y + (height / 2);
        yield return new BarcodeMark(fitted, x + fitted.Quiet, y + ((height - fitted.WidthWithQuiet) / 2) + fitted.Quiet, 0);
        yield return new TextMark(title ?? string.Empty, left, middle - (1.5 * size), size * 0.7, room, Bold: true);
        yield return new TextMark(model, left, middle - (0.3 * size), size * 0.7, room);
        yield return new TextMark(number, left, middle + size, size, room, Bold: true);
        yield return new TextMark(reprint, left, middle + (2.2 * size), size * 0.7, room);
    }
}
