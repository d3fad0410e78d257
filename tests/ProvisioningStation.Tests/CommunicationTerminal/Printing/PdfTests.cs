using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Printing.Pdf;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

public sealed class PdfTests
{
    private static readonly PrintingOptions Options = new();

    [Fact]
    public async Task EveryObject_StandsWhereTheTableSays()
    {
        var pdf = await PrintAsync(PlateSheets.Draw(PlateLayout.BuiltIn[1], 1, SheetTests.Units(50), BarcodeKind.Code39, Options));

        var text = Encoding.Latin1.GetString(pdf);
        var table = int.Parse(Regex.Match(text, @"startxref\n(\d+)\n%%EOF\n$").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.StartsWith("xref\n0 ", text[table..], StringComparison.Ordinal);
        var offsets = Regex.Matches(text[table..], @"(\d{10}) 00000 n ").Select(entry => int.Parse(entry.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(4 + (3 * 2) + 2, offsets.Count); // catalogue, information, tree, resources; three pages; two fonts
        for (var number = 1; number <= offsets.Count; number++)
            Assert.StartsWith($"{number} 0 obj\n", text[offsets[number - 1]..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameContent_GivesTheSameBytes()
    {
        IEnumerable<Sheet> Sheets() => SheetTests.Units(3).Select(new CheckSheet(SheetText.For("ja", true), SheetText.ProductLine, BarcodeKind.Qr, 300).Draw);

        Assert.Equal(await PrintAsync(Sheets()), await PrintAsync(Sheets()));
    }

    [Fact]
    public async Task HostileText_CannotEndItsString()
    {
        var sheet = new Sheet(50, 50, [new TextMark("a) Tj ET (b\\) <</JS", 5, 5, 4, 100)]);

        var content = Content(await PrintAsync([sheet]));

        Assert.Contains(@"(a\) Tj ET \(b\\\) <</JS) Tj ET", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherCharactersWithoutAFont_AreQuestionMarks()
    {
        var content = Content(await PrintAsync([new Sheet(50, 50, [new TextMark("銘板 3012", 5, 5, 4, 100)])]));

        Assert.Contains("(?? 3012) Tj", content, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatIsNoFont_IsRefusedWithWhatToDo()
    {
        using var directory = new TemporaryDirectory();
        var file = directory["font.ttf"];
        File.WriteAllBytes(file, [0, 1, 0, 0, 0, 9]);

        var refusal = Assert.Throws<ConfigurationException>(() => new TrueTypeFont(file));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("fonts-ipafont-gothic", refusal.Message, StringComparison.Ordinal);
        Assert.Null(JapaneseFont.Find([file, directory["missing.ttf"]]));
    }

    private static async Task<byte[]> PrintAsync(IEnumerable<Sheet> sheets)
    {
        using var stream = new MemoryStream();
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        await PdfSheets.WriteAsync(output, "Test", sheets, japanese: null, default);
        await output.CompleteAsync();
        return stream.ToArray();
    }

    /// <summary>The first page's operators.</summary>
    internal static string Content(byte[] pdf)
    {
        var start = pdf.AsSpan().IndexOf("stream\n"u8) + "stream\n".Length;
        using var zlib = new ZLibStream(new MemoryStream(pdf, start, pdf.Length - start), CompressionMode.Decompress);
        using var reader = new StreamReader(zlib, Encoding.ASCII);
        return reader.ReadToEnd();
    }
}
