using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

public sealed class SheetTests
{
    private static readonly PrintingOptions Options = new() { PlateTitle = "KOJO" };

    public static TheoryData<int, BarcodeKind> Plates
    {
        get
        {
            var data = new TheoryData<int, BarcodeKind>();
            for (var layout = 0; layout < PlateLayout.BuiltIn.Count; layout++)
            {
                foreach (var kind in Enum.GetValues<BarcodeKind>())
                    data.Add(layout, kind);
            }

            return data;
        }
    }

    internal static PrintedUnit Unit(string number = "A123-100001", int copy = 1, string? line = "1001") => new(MachineNumber.Parse(number), new DateOnly(2026, 11, 21), line, copy);

    internal static IEnumerable<PrintedUnit> Units(int count) => Enumerable.Range(0, count).Select(i => Unit($"3012-{100_001 + i:D6}"));

    [Theory]
    [MemberData(nameof(Plates))]
    public void Plate_StaysOnItsLabel_AndNothingStandsInTheQuietZone(int index, BarcodeKind kind)
    {
        var layout = PlateLayout.BuiltIn[index];
        foreach (var place in new[] { 0, layout.PerPage - 1 })
        {
            var (x, y) = layout.CornerOf(place);
            var (right, bottom) = (x + (double)layout.LabelWidth, y + (double)layout.LabelHeight);
            var marks = Plate.Draw(layout, place, Unit(copy: 3), kind, Options).ToList();
            var barcode = Assert.Single(marks.OfType<BarcodeMark>());
            var (symbol, column) = (barcode.Fitted.Symbol, barcode.Fitted.Column);
            var barsBottom = barcode.Y + (symbol.IsLinear ? barcode.Height : symbol.Rows * column);
            Assert.True(barcode.X - barcode.Fitted.Quiet >= x - 1e-9 && barcode.X + (symbol.Columns * column) + barcode.Fitted.Quiet <= right + 1e-9);
            Assert.True(barcode.Y >= y && barsBottom <= bottom && barsBottom - barcode.Y >= 8);
            Assert.Equal(["A123-100001", "KOJO", "MODEL A123", "R2"], marks.OfType<TextMark>().Select(text => text.Text).Order(StringComparer.Ordinal));
            foreach (var text in marks.OfType<TextMark>())
            {
                var width = TextWidth.Of(text.Text, text.Bold) * text.FittingSize;
                var left = text.X - (text.Align == TextAlign.Left ? 0 : text.Align == TextAlign.Right ? width : width / 2);
                Assert.True(left >= x && left + width <= right && text.Y - text.FittingSize >= y - 0.5 && text.Y <= bottom, text.Text);
                var beside = left >= barcode.X + ((symbol.Columns + symbol.Quiet) * column) - 1e-9;
                var above = text.Y < barcode.Y;
                var below = text.Y - (0.75 * text.FittingSize) > barsBottom;
                Assert.True(beside || above || below, $"{text.Text} touches the bars");
            }
        }
    }

    [Fact]
    public void HalfUsedSheet_IsUsedUpFromTheStartPlace()
    {
        var layout = PlateLayout.BuiltIn[1];
        var sheets = PlateSheets.Draw(layout, start: 20, Units(25), BarcodeKind.Code128, Options).ToList();

        Assert.Equal([2, 21, 2], sheets.Select(sheet => sheet.Marks.OfType<BarcodeMark>().Count()));
        var first = Assert.IsType<BarcodeMark>(sheets[0].Marks.First(mark => mark is BarcodeMark));
        var (_, y) = layout.CornerOf(19);
        Assert.InRange(first.Y, y, y + (double)layout.LabelHeight);
        Assert.Equal((210.0, 297.0), (sheets[0].Width, sheets[0].Height));
    }

    [Fact]
    public void NoUnits_MakeNoPage() => Assert.Empty(PlateSheets.Draw(PlateLayout.BuiltIn[0], 1, [], BarcodeKind.Code128, Options));

    [Fact]
    public void Pages_AreMadeOnlyWhenTheyAreAskedFor()
    {
        var taken = 0;
        var units = Units(10_000).Select(unit =>
        {
            taken++;
            return unit;
        });

        Assert.Equal(3, PlateSheets.Draw(PlateLayout.BuiltIn[0], 1, units, BarcodeKind.Code128, Options).Take(3).Count());
        Assert.InRange(taken, 3, 4);
    }

    [Theory]
    [InlineData("en", "Check sheet", "Outer inspection", "REPRINT 1")]
    [InlineData("ja", "チェックシート", "外観検査", "再発行 1")]
    public void CheckSheet_TellsTheUnitInItsLanguage(string language, string title, string step, string reprint)
    {
        var texts = Texts(new CheckSheet(SheetText.For(language, hasJapaneseFont: true), SheetText.ProductLine, BarcodeKind.Code128, 300).Draw(Unit(copy: 2)));

        Assert.All([title, step, reprint, "A123-100001", "A123", "2026-11-21", "1001"], expected => Assert.Contains(expected, texts));
    }

    [Fact]
    public void JapaneseWithoutAFont_IsEnglishAndSaysSo()
    {
        var texts = Texts(new CheckSheet(SheetText.For("ja", hasJapaneseFont: false), SheetText.ProductLine, BarcodeKind.Code128, 300).Draw(Unit()));

        Assert.Contains("Check sheet", texts);
        Assert.Contains(texts, text => text.Contains("no Japanese font", StringComparison.Ordinal));
        Assert.All(texts, text => Assert.True(text.All(char.IsAscii), text));
    }

    [Fact]
    public void HostileText_IsTextInTheSvg()
    {
        var svg = new StringBuilder();
        var sheet = new CheckSheet(SheetText.For("en", true), SheetText.ProductLine, BarcodeKind.Code128, 300).Draw(Unit(line: "<script>alert('x')</script>&\""));
        SvgSheet.Append(svg, sheet, "\"><script>");

        var text = svg.ToString();
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", text, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", text, StringComparison.Ordinal);
        Assert.Contains("width=\"210mm\" height=\"297mm\"", text, StringComparison.Ordinal);
        System.Xml.Linq.XDocument.Parse(text);
    }

    private static HashSet<string> Texts(Sheet sheet) => sheet.Marks.OfType<TextMark>().Select(text => text.Text).ToHashSet(StringComparer.Ordinal);
}
