using System.IO.Pipelines;
using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Printing.Pdf;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol;
using ProvisioningStation.SystemTests.Fixtures;

namespace ProvisioningStation.SystemTests.Printing;

/// <summary>A directory of printed pages, and the eyes that look at them: poppler renders, zbar reads. Both are programs that we did not write.</summary>
internal sealed class Paper : IDisposable
{
    public const string Renderer = "pdftoppm";
    public const string Reader = "zbarimg";
    public const string Browser = "chromium";

    private readonly string _directory = Directory.CreateTempSubdirectory("paper").FullName;

    public string Pdf => Path.Combine(_directory, "pages.pdf");

    /// <summary>Units with these numbers, none printed before.</summary>
    public static IEnumerable<PrintedUnit> Units(IEnumerable<string> numbers) =>
        numbers.Select(number => new PrintedUnit(MachineNumber.Parse(number), new DateOnly(2026, 11, 21), "1001", 1));

    /// <summary>Random machine numbers, no two the same; the seed is in the test, so that a failure can be repeated.</summary>
    public static IReadOnlyList<string> Numbers(int count, int seed)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        var random = new Random(seed);
        var numbers = new HashSet<string>(StringComparer.Ordinal);
        while (numbers.Count < count)
            numbers.Add($"{string.Concat(random.GetItems(Letters.AsSpan(), 4))}-{random.Next(MachineNumber.MaxSerial + 1):D6}");
        return [.. numbers];
    }

    public async Task PrintAsync(IEnumerable<Sheet> sheets)
    {
        await using var file = File.Create(Pdf);
        var output = PipeWriter.Create(file);
        await PdfSheets.WriteAsync(output, "Test", sheets, new JapaneseFont(new PrintingOptions()).Font, default);
        await output.CompleteAsync();
    }

    /// <summary>Prints the sheets as a browser does, from the page that the terminal serves: its own style sheets, nothing else.</summary>
    public async Task PrintFromBrowserAsync(IReadOnlyList<Sheet> sheets)
    {
        File.Copy(Path.Combine(Repository.Root, "src/CommunicationTerminal/Printing/Assets/print.css"), Path.Combine(_directory, "print.css"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "page.css"), PrintedPages.PageStyle(sheets[0].Width, sheets[0].Height));
        var html = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><link rel=\"stylesheet\" href=\"print.css\"><link rel=\"stylesheet\" href=\"page.css\"><body class=\"paper\"><p class=\"bar\">Print</p>");
        foreach (var sheet in sheets)
            SvgSheet.Append(html, sheet, "sheet");
        var page = Path.Combine(_directory, "page.html");
        await File.WriteAllTextAsync(page, html.ToString());
        await Tool.RunOkAsync(Browser, "--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={Path.Combine(_directory, "profile")}", "--no-pdf-header-footer", $"--print-to-pdf={Pdf}", "file://" + page);
    }

    /// <summary>What the renderer says of the file: one line for each fact.</summary>
    public Task<string> DescribeAsync() => Tool.RunOkAsync("pdfinfo", Pdf);

    /// <summary>The fonts of the file, as the renderer lists them.</summary>
    public Task<string> FontsAsync() => Tool.RunOkAsync("pdffonts", Pdf);

    /// <summary>The text of the file, as the renderer finds it.</summary>
    public Task<string> TextAsync() => Tool.RunOkAsync("pdftotext", "-layout", Pdf, "-");

    /// <summary>What a scanner reads from whole pages at this resolution, as <c>CODE-128:3012-123456</c>, in ascending order.</summary>
    public async Task<IReadOnlyList<string>> ReadPagesAsync(int dpi) => await ReadAsync(await RenderAsync(dpi));

    /// <summary>
    /// The same with one plate in view at a time, as a worker holds a scanner. A reader of QR codes looks for three corner marks, and finds too many on a sheet of labels.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadPlatesAsync(int dpi, PlateLayout layout)
    {
        var plates = new List<string>();
        foreach (var page in await RenderAsync(dpi))
        {
            var image = GrayImage.Read(page);
            for (var place = 0; place < layout.PerPage; place++)
            {
                var (x, y) = layout.CornerOf(place);
                var plate = $"{page}-{place}.pgm";
                image.Cut(x / layout.Width, y / layout.Height, (double)layout.LabelWidth / layout.Width, (double)layout.LabelHeight / layout.Height).Write(plate);
                plates.Add(plate);
            }
        }

        return await ReadAsync(plates);
    }

    private async Task<IReadOnlyList<string>> RenderAsync(int dpi)
    {
        await Tool.RunOkAsync(Renderer, "-r", $"{dpi}", "-gray", Pdf, Path.Combine(_directory, $"at{dpi}"));
        return [.. Directory.GetFiles(_directory, $"at{dpi}*.pgm").Order(StringComparer.Ordinal)];
    }

    /// <summary>Where nothing at all is read from an image, zbar ends with 4: the caller sees what is missing.</summary>
    private static async Task<IReadOnlyList<string>> ReadAsync(IEnumerable<string> images)
    {
        var (_, output, _) = await Tool.RunAsync(Reader, ["-q", .. images]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
