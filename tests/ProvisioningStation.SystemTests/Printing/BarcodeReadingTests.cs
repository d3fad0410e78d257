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
