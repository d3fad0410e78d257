using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Printing;

/// <summary>Every printed barcode is read by a decoder that is not ours, from the rendered PDF: as a good printer prints it, and as a poor one does.</summary>
public sealed class BarcodeReadingTests
{
    private static readonly PrintingOptions Options = new() { PlateTitle = "KOJO MFG" };

    public static TheoryData<int, BarcodeKind, int> Layouts
    {
        get
        {
            var data = new TheoryData<int, BarcodeKind, int>();
            foreach (var dpi in new[] { 300, 150 })
            {
                foreach (var kind in Enum.GetValues<BarcodeKind>())
                {
                    for (var layout = 0; layout < PlateLayout.BuiltIn.Count; layout++)
                        data.Add(dpi, kind, layout);
                }
            }

            return data;
        }
    }

    [TheoryNeeds(Paper.Renderer, Paper.Reader)]
    [MemberData(nameof(Layouts))]
    public async Task PlatesOfRandomNumbers_AreAllRead(int dpi, BarcodeKind kind, int layout)
    {
        using var paper = new Paper();
        var labels = PlateLayout.BuiltIn[layout];
        var numbers = Paper.Numbers(60, seed: dpi + (10 * (int)kind) + layout);
        await paper.PrintAsync(PlateSheets.Draw(labels, Math.Min(5, labels.PerPage), Paper.Units(numbers), kind, Options));

        Assert.Equal(Expected(kind, numbers), kind == BarcodeKind.Qr ? await paper.ReadPlatesAsync(dpi, labels) : await paper.ReadPagesAsync(dpi));
    }

    [TheoryNeeds(Paper.Renderer, Paper.Reader)]
    [InlineData(300, BarcodeKind.Code128, "en")]
    [InlineData(300, BarcodeKind.Code39, "ja")]
    [InlineData(300, BarcodeKind.Qr, "ja")]
    [InlineData(150, BarcodeKind.Code128, "ja")]
    [InlineData(150, BarcodeKind.Code39, "en")]
    [InlineData(150, BarcodeKind.Qr, "en")]
    public async Task CheckSheets_AreAllRead(int dpi, BarcodeKind kind, string language)
    {
        using var paper = new Paper();
        var numbers = Paper.Numbers(6, seed: dpi + (int)kind);
        var sheet = new CheckSheet(SheetText.For(language, hasJapaneseFont: true), SheetText.ProductLine, kind, Options.PrinterDpi);
        await paper.PrintAsync(Paper.Units(numbers).Select(sheet.Draw));

        Assert.Equal(Expected(kind, numbers), await paper.ReadPagesAsync(dpi));
    }

    [TheoryNeeds(Paper.Renderer, Paper.Reader, Paper.Browser)]
    [InlineData(300, BarcodeKind.Code128)]
    [InlineData(150, BarcodeKind.Code39)]
    [InlineData(150, BarcodeKind.Qr)]
    public async Task PlatesPrintedByABrowser_AreAllRead_OnAsManyPages(int dpi, BarcodeKind kind)
    {
        using var paper = new Paper();
        var labels = PlateLayout.BuiltIn[1];
        var numbers = Paper.Numbers(labels.PerPage + 10, seed: 7 + (int)kind);
        await paper.PrintFromBrowserAsync([.. PlateSheets.Draw(labels, 1, Paper.Units(numbers), kind, Options)]);

        Assert.Equal(Expected(kind, numbers), kind == BarcodeKind.Qr ? await paper.ReadPlatesAsync(dpi, labels) : await paper.ReadPagesAsync(dpi));
        Assert.Matches(@"Pages:\s+2\n", await paper.DescribeAsync());
    }

    [TheoryNeeds(Paper.Renderer, Paper.Reader, Paper.Browser)]
    [InlineData(BarcodeKind.Code128)]
    [InlineData(BarcodeKind.Code39)]
    public async Task LabelsAndSheetsPrintedByABrowser_AreAllRead_OneOnEachPage(BarcodeKind kind)
    {
        using var paper = new Paper();
        var numbers = Paper.Numbers(5, seed: 11 + (int)kind);
        var sheet = new CheckSheet(SheetText.For("ja", hasJapaneseFont: true), SheetText.ProductLine, kind, Options.PrinterDpi);
        IEnumerable<CommunicationTerminal.Printing.Sheets.Sheet> sheets =
            kind == BarcodeKind.Code128 ? PlateSheets.Draw(PlateLayout.BuiltIn[0], 1, Paper.Units(numbers), kind, Options) : Paper.Units(numbers).Select(sheet.Draw);
        await paper.PrintFromBrowserAsync([.. sheets]);

        Assert.Equal(Expected(kind, numbers), await paper.ReadPagesAsync(150));
        Assert.Matches(@"Pages:\s+5\n", await paper.DescribeAsync());
    }

    [FactNeeds(Paper.Renderer, "pdffonts", "pdftotext")]
    public async Task JapaneseCheckSheet_HasItsFontInTheFile_OrSaysThatThereIsNone()
    {
        using var paper = new Paper();
        var font = new CommunicationTerminal.Printing.Pdf.JapaneseFont(Options).Font;
        await paper.PrintAsync(Paper.Units(["3012-100001"]).Select(new CheckSheet(SheetText.For("ja", font is not null), SheetText.ProductLine, BarcodeKind.Code128, 300).Draw));

        var text = await paper.TextAsync();
        if (font is null)
        {
            Assert.Contains("no Japanese font", text, StringComparison.Ordinal);
            return;
        }

        Assert.Contains("チェックシート", text, StringComparison.Ordinal);
        Assert.Contains("外観検査", text, StringComparison.Ordinal);
        Assert.Matches(@"PRINTD\+Japanese\s+CID TrueType\s+Identity-H\s+yes yes yes", await paper.FontsAsync());
    }

    private static IEnumerable<string> Expected(BarcodeKind kind, IEnumerable<string> numbers)
    {
        var type = kind switch
        {
            BarcodeKind.Code128 => "CODE-128",
            BarcodeKind.Code39 => "CODE-39",
            _ => "QR-Code",
        };
        return numbers.Select(number => $"{type}:{number}").Order(StringComparer.Ordinal);
    }
}
