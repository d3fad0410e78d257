using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;

namespace ProvisioningStation.CommunicationTerminal.Printing.Pdf;

/// <summary>Draws sheets as the pages of a PDF, one after the other.</summary>
internal static class PdfSheets
{
    private const double PointsPerMillimetre = 72 / 25.4;

    /// <summary>Writes one page for each of <paramref name="sheets"/>, taking the next one when the last has been handed on.</summary>
    public static async Task WriteAsync(PipeWriter output, string title, IEnumerable<Sheet> sheets, TrueTypeFont? japanese, CancellationToken cancellationToken)
    {
        var file = new PdfFile(output);
        var text = new PdfText(japanese);
        var (catalog, information, tree, resources) = (file.Reserve(), file.Reserve(), file.Reserve(), file.Reserve());
        // Never scaled to the paper: a label would miss its place, and a bar its width.
        file.WriteObject(catalog, string.Create(CultureInfo.InvariantCulture, $"<< /Type /Catalog /Pages {tree} 0 R /ViewerPreferences << /PrintScaling /None >> >>"));
        file.WriteObject(information, $"<< /Title {PdfFile.Text(title)} /Producer {PdfFile.Text("ProvisioningStation")} >>");
        var pages = new List<int>();
        foreach (var sheet in sheets)
        {
            var (content, page) = (file.Reserve(), file.Reserve());
            file.WriteStream(content, Encoding.ASCII.GetBytes(Draw(sheet, text)));
            file.WriteObject(page, string.Create(
                CultureInfo.InvariantCulture,
                $"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {sheet.Width * PointsPerMillimetre:0.###} {sheet.Height * PointsPerMillimetre:0.###}] /Resources {resources} 0 R /Contents {content} 0 R >>"));
            pages.Add(page);
            await file.FlushAsync(cancellationToken);
        }

        file.WriteObject(tree, $"<< /Type /Pages /Count {pages.Count} /Kids [{string.Join(' ', pages.Select(page => $"{page} 0 R"))}] >>");
        file.WriteObject(resources, $"<< {text.WriteFonts(file)} >>");
        await file.EndAsync(catalog, information, cancellationToken);
    }

    /// <summary>The page's operators. Its unit is the millimetre; PDF counts from the bottom.</summary>
    private static string Draw(Sheet sheet, PdfText text)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"{PointsPerMillimetre:0.######} 0 0 {PointsPerMillimetre:0.######} 0 0 cm\n");
        foreach (var mark in sheet.Marks)
        {
            switch (mark)
            {
                case BarcodeMark barcode:
                    Draw(page, barcode, sheet.Height);
                    break;
                case TextMark line:
                    page.Append(text.Show(line, line.X, sheet.Height - line.Y));
                    break;
                case BoxMark box:
                    page.Append(CultureInfo.InvariantCulture, $"{box.Line:0.###} w {box.X:0.###} {sheet.Height - box.Y - box.Height:0.###} {box.Width:0.###} {box.Height:0.###} re S\n");
                    break;
            }
        }

        return page.ToString();
    }

    private static void Draw(StringBuilder page, BarcodeMark barcode, double height)
    {
        var (symbol, column) = (barcode.Fitted.Symbol, barcode.Fitted.Column);
        var row = symbol.IsLinear ? barcode.Height : column;
        foreach (var bar in symbol.Bars)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"{barcode.X + (bar.Column * column):0.####} {height - barcode.Y - ((bar.Row + 1) * row):0.####} {bar.Length * column:0.####} {row:0.####} re\n");
        }

        page.Append("f\n");
    }
}
