using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing.Pdf;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>The pages of a printing, as a PDF or as a page to print from a browser. Both are written as they are made: 10,000 plates need no more memory than a few hundred.</summary>
internal sealed class PrintedPages(PrintJobs jobs, PrintingOptions options, JapaneseFont japanese)
{
    /// <summary>What a preview's barcode says: never a machine number.</summary>
    private const string Preview = "PREVIEW";

    private const int HtmlAtOnce = 64 * 1024;

    /// <summary>The media type of a PDF.</summary>
    public const string PdfType = "application/pdf";

    /// <summary>The name of a printing's file.</summary>
    public static string FileName(PrintJob job) => $"{(job.Document == PrintedDocument.Plate ? "plates" : "check-sheets")}-{job.Id}.pdf";

    /// <summary>Writes the PDF.</summary>
    public Task WritePdfAsync(PrintJob job, PipeWriter output, CancellationToken cancellationToken) =>
        PdfSheets.WriteAsync(output, $"{job.Document}: {job.Selection}", Draw(job, jobs.UnitsOf(job), TextOf(job, forPdf: true)), japanese.Font, cancellationToken);

    /// <summary>The PDF of a printing of few pages, as a whole.</summary>
    public async Task<byte[]> GetPdfAsync(PrintJob job, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        await WritePdfAsync(job, output, cancellationToken);
        await output.CompleteAsync();
        return stream.ToArray();
    }

    /// <summary>Writes the pages as SVG between <paramref name="head"/> and <paramref name="foot"/>.</summary>
    public async Task WriteHtmlAsync(PrintJob job, string head, string foot, PipeWriter output, CancellationToken cancellationToken)
    {
        var html = new StringBuilder(head);
        var number = 0;
        foreach (var sheet in Draw(job, jobs.UnitsOf(job), TextOf(job, forPdf: false)))
        {
            SvgSheet.Append(html, sheet, string.Create(CultureInfo.InvariantCulture, $"{job.Document} {job.Selection}, {++number}"));
            if (html.Length > HtmlAtOnce)
                await FlushAsync();
        }

        html.Append(foot);
        await FlushAsync();

        async Task FlushAsync()
        {
            await output.WriteAsync(Encoding.UTF8.GetBytes(html.ToString()), cancellationToken);
            html.Clear();
        }
    }

    /// <summary>The first page of what would be printed, as SVG. Its barcodes say that they are none.</summary>
    public string DrawPreview(PrintPreview preview)
    {
        var svg = new StringBuilder();
        var first = preview.First with { Coded = Preview };
        var number = first.Number;
        var layout = preview.Job.Document == PrintedDocument.Plate ? jobs.LayoutOf(preview.Job.Layout) : null;
        var shown = layout is null ? 1 : Math.Min(preview.Job.Units, layout.PerPage - preview.Job.Start + 1);
        // The numbers behind the first may differ; what is looked at is the place of things.
        var units = Enumerable.Range(0, shown).Select(i => first with { Number = new(number.Model, Math.Min(number.Serial + i, Protocol.MachineNumber.MaxSerial)) });
        SvgSheet.Append(svg, Draw(preview.Job, units, TextOf(preview.Job, forPdf: false)).First(), Preview);
        return svg.ToString();
    }

    /// <summary>The style sheet that gives the paper of a printing its size.</summary>
    public string PageStyle(PrintJob job) =>
        job.Document == PrintedDocument.Plate && jobs.LayoutOf(job.Layout) is var layout ? PageStyle(layout.Width, layout.Height) : PageStyle(CheckSheet.Width, CheckSheet.Height);

    /// <summary>The style sheet for paper of this size, in mm.</summary>
    internal static string PageStyle(double width, double height) => string.Create(CultureInfo.InvariantCulture, $"@page {{ size: {width:0.###}mm {height:0.###}mm; margin: 0; }}\n");

    /// <summary>A text for HTML.</summary>
    public static string Html(string text) => WebUtility.HtmlEncode(text);

    private IEnumerable<Sheet> Draw(PrintJob job, IEnumerable<PrintedUnit> units, SheetText text) => job.Document == PrintedDocument.Plate
        ? PlateSheets.Draw(jobs.LayoutOf(job.Layout), job.Start, units, job.Barcode, options)
        : units.Select(new CheckSheet(text, options.Steps.Count > 0 ? options.Steps : SheetText.ProductLine, job.Barcode, options.PrinterDpi).Draw);

    /// <summary>A browser has fonts of its own; a PDF needs one from this machine.</summary>
    private SheetText TextOf(PrintJob job, bool forPdf) => SheetText.For(job.Language, !forPdf || japanese.Font is not null);
}
