using System.Globalization;
using System.Net;
using System.Text;

namespace ProvisioningStation.CommunicationTerminal.Printing.Sheets;

/// <summary>Draws a sheet as SVG in millimetres, to stand in a page. Sizes are attributes, never styles, which the terminal's pages don't allow.</summary>
internal static class SvgSheet
{
    /// <summary>Adds <paramref name="sheet"/>; <paramref name="name"/> is what a screen reader says of it.</summary>
    public static void Append(StringBuilder svg, Sheet sheet, string name)
    {
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg class=\"sheet\" width=\"{sheet.Width:0.###}mm\" height=\"{sheet.Height:0.###}mm\" viewBox=\"0 0 {sheet.Width:0.###} {sheet.Height:0.###}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(name)}\">");
        foreach (var mark in sheet.Marks)
        {
            switch (mark)
            {
                case BarcodeMark barcode:
                    Append(svg, barcode);
                    break;
                case TextMark text:
                    Append(svg, text);
                    break;
                case BoxMark box:
                    svg.Append(
                        CultureInfo.InvariantCulture,
                        $"<rect x=\"{box.X:0.###}\" y=\"{box.Y:0.###}\" width=\"{box.Width:0.###}\" height=\"{box.Height:0.###}\" fill=\"none\" stroke=\"#000\" stroke-width=\"{box.Line:0.###}\"/>");
                    break;
            }
        }

        svg.Append("</svg>\n");
    }

    private static void Append(StringBuilder svg, BarcodeMark barcode)
    {
        var (symbol, column) = (barcode.Fitted.Symbol, barcode.Fitted.Column);
        var row = symbol.IsLinear ? barcode.Height : column;
        svg.Append("<path shape-rendering=\"crispEdges\" fill=\"#000\" d=\"");
        foreach (var bar in symbol.Bars)
        {
            var width = bar.Length * column;
            svg.Append(CultureInfo.InvariantCulture, $"M{barcode.X + (bar.Column * column):0.####} {barcode.Y + (bar.Row * row):0.####}h{width:0.####}v{row:0.####}h-{width:0.####}z");
        }

        svg.Append("\"/>");
    }

    private static void Append(StringBuilder svg, TextMark text)
    {
        var anchor = text.Align switch
        {
            TextAlign.Left => string.Empty,
            TextAlign.Centre => " text-anchor=\"middle\"",
            _ => " text-anchor=\"end\"",
        };
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{text.X:0.###}\" y=\"{text.Y:0.###}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"{text.FittingSize:0.###}\"{(text.Bold ? " font-weight=\"bold\"" : string.Empty)}{anchor}>");
        svg.Append(WebUtility.HtmlEncode(text.Text)).Append("</text>");
    }
}
