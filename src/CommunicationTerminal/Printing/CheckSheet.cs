using System.Globalization;
using ProvisioningStation.CommunicationTerminal.Printing.Barcodes;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>The check sheet that goes with a unit along the line (A4): its number to scan, what it is, and a row for each step to sign.</summary>
internal sealed class CheckSheet(SheetText text, IReadOnlyList<CheckStep> steps, BarcodeKind kind, int dpi)
{
    /// <summary>A4.</summary>
    public const double Width = 210;

    /// <inheritdoc cref="Width"/>
    public const double Height = 297;

    private const double Left = 15;
    private const double Right = Width - Left;
    private const double Inner = Right - Left;
    private const double FactsLeft = 120;
    private const double FactHeight = 8;
    private const double StepsTop = 92;
    private const double HeadHeight = 8;
    private const double StepsBottom = 214;
    private const double TallestRow = 20;
    private const double RemarksHeight = 22;
    private const double Signatures = 252;

    /// <summary>No., step, good, not good, name, time.</summary>
    private static readonly double[] ColumnWidths = [10, 80, 15, 15, 38, 22];

    /// <summary>The page of one unit.</summary>
    public Sheet Draw(PrintedUnit unit) => new(Width, Height, [.. Head(unit), .. Barcode(unit), .. Facts(unit), .. Steps(), .. Foot(unit)]);

    private IEnumerable<Mark> Head(PrintedUnit unit)
    {
        yield return new TextMark(text.Title, Left, 22, 7, 110, Bold: true);
        if (unit.Copy > 1)
            yield return new TextMark(string.Format(CultureInfo.InvariantCulture, text.Reprint, unit.Copy - 1), Right, 22, 6, 60, TextAlign.Right, Bold: true);
        yield return new TextMark(unit.Number.ToString(), Left, 41, 15, Inner, Bold: true);
    }

    private IEnumerable<Mark> Barcode(PrintedUnit unit)
    {
        const double Top = 50;
        var number = unit.Number.ToString();
        var fitted = FittedSymbol.Fit(kind, unit.Coded, FactsLeft - Left, 32, dpi);
        yield return new BarcodeMark(fitted, Left + (fitted.Symbol.IsLinear ? 0 : fitted.Quiet), Top + (fitted.Symbol.IsLinear ? 0 : fitted.Quiet - 3), 24);
        if (fitted.Symbol.IsLinear)
            yield return new TextMark(number, Left + (fitted.Symbol.Columns * fitted.Column / 2), Top + 29, 5, 60, TextAlign.Centre);
    }

    private IEnumerable<Mark> Facts(PrintedUnit unit)
    {
        (string Name, string Value)[] facts =
        [
            (text.Model, unit.Number.Model.ToString()),
            (text.PlanDate, FactoryClock.Stored(unit.PlanDate)),
            (text.Line, unit.Line ?? text.AnyLine),
        ];
        for (var i = 0; i < facts.Length; i++)
        {
            var top = 50 + (i * FactHeight);
            yield return new BoxMark(FactsLeft, top, 28, FactHeight);
            yield return new BoxMark(FactsLeft + 28, top, Right - FactsLeft - 28, FactHeight);
            yield return new TextMark(facts[i].Name, FactsLeft + 2, top + 5.4, 4, 24);
            yield return new TextMark(facts[i].Value, FactsLeft + 30, top + 5.6, 5, Right - FactsLeft - 32, Bold: true);
        }
    }

    private IEnumerable<Mark> Steps()
    {
        var row = Math.Min(TallestRow, (StepsBottom - StepsTop - HeadHeight) / steps.Count);
        string[] heads = [text.Number, text.Step, text.Good, text.NotGood, text.CheckedBy, text.Time];
        foreach (var mark in Row(heads, StepsTop, HeadHeight, 4, bold: true))
            yield return mark;
        for (var i = 0; i < steps.Count; i++)
        {
            var top = StepsTop + HeadHeight + (i * row);
            string[] cells = [(i + 1).ToString(CultureInfo.InvariantCulture), text.Of(steps[i]), string.Empty, string.Empty, string.Empty, string.Empty];
            foreach (var mark in Row(cells, top, row, 4.5, bold: false))
                yield return mark;
            foreach (var column in new[] { 2, 3 })
                yield return new BoxMark(Left + ColumnWidths.Take(column).Sum() + 5, top + (row / 2) - 2.5, 5, 5, 0.4);
        }
    }

    private static IEnumerable<Mark> Row(string[] cells, double top, double height, double size, bool bold)
    {
        var x = Left;
        for (var i = 0; i < cells.Length; i++)
        {
            yield return new BoxMark(x, top, ColumnWidths[i], height);
            if (cells[i].Length > 0)
                yield return new TextMark(cells[i], x + 2, top + (height / 2) + (size * 0.35), size, ColumnWidths[i] - 3, Bold: bold);
            x += ColumnWidths[i];
        }
    }

    private IEnumerable<Mark> Foot(PrintedUnit unit)
    {
        yield return new BoxMark(Left, Signatures - RemarksHeight - 4, Inner, RemarksHeight);
        yield return new TextMark(text.Remarks, Left + 2, Signatures - RemarksHeight + 1, 4, 40);
        string[] signatures = [text.Inspector, text.Leader, text.Date];
        for (var i = 0; i < signatures.Length; i++)
        {
            yield return new BoxMark(Left + (i * Inner / 3), Signatures, Inner / 3, 22);
            yield return new TextMark(signatures[i], Left + (i * Inner / 3) + 2, Signatures + 5, 4, (Inner / 3) - 4);
        }

        yield return new TextMark(unit.Number.ToString(), Right, 282, 4, 60, TextAlign.Right);
        if (text.Note.Length > 0)
            yield return new TextMark(text.Note, Left, 282, 3.5, 120);
    }
}
