using System.Globalization;
using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing.Sheets;

namespace ProvisioningStation.CommunicationTerminal.Printing.Pdf;

/// <summary>
/// The fonts of one PDF. Text of printable ASCII is in Helvetica, one of the standard fonts that every reader has (ISO 32000-1, 9.6.2.2); other text is in the Japanese font,
/// embedded with the glyphs that were used. Without one, other characters become question marks: whoever lays out the sheets chooses English then.
/// </summary>
internal sealed class PdfText(TrueTypeFont? japanese)
{
    /// <summary>The bold form of a font that has none: its outlines are drawn as well, so thick.</summary>
    private const double BoldLine = 0.03;

    /// <summary>A font descriptor's flag: glyphs are not only those of the Latin alphabet.</summary>
    private const int Symbolic = 4;

    private readonly SortedDictionary<int, char> _used = [];
    private readonly Dictionary<char, int> _glyphs = [];

    /// <summary>The operators that show <paramref name="text"/> with its left end at <paramref name="x"/>, <paramref name="y"/>, in the page's unit.</summary>
    public string Show(TextMark text, double x, double y)
    {
        var size = text.FittingSize;
        var width = TextWidth.Of(text.Text, text.Bold) * size;
        x -= text.Align == TextAlign.Left ? 0 : text.Align == TextAlign.Right ? width : width / 2;
        var ascii = text.Text.All(static c => c is >= ' ' and <= '~');
        var (font, shown) = ascii || japanese is null ? (text.Bold ? "F2" : "F1", Literal(text.Text)) : ("F3", Glyphs(japanese, text.Text));
        var bold = font == "F3" && text.Bold ? string.Create(CultureInfo.InvariantCulture, $"2 Tr {size * BoldLine:0.###} w ") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"q BT {bold}/{font} {size:0.###} Tf {x:0.###} {y:0.###} Td {shown} Tj ET Q\n");
    }

    /// <summary>Writes the fonts; the result is the resource dictionary's entry.</summary>
    public string WriteFonts(PdfFile file)
    {
        var fonts = new StringBuilder();
        foreach (var (name, standard) in new[] { ("F1", "Helvetica"), ("F2", "Helvetica-Bold") })
        {
            var number = file.Reserve();
            file.WriteObject(number, $"<< /Type /Font /Subtype /Type1 /BaseFont /{standard} /Encoding /WinAnsiEncoding >>");
            fonts.Append(CultureInfo.InvariantCulture, $"/{name} {number} 0 R ");
        }

        if (japanese is not null && _used.Count > 0)
            fonts.Append(CultureInfo.InvariantCulture, $"/F3 {WriteJapanese(file, japanese)} 0 R ");
        return $"/Font << {fonts}>>";
    }

    private static string Literal(string text)
    {
        var result = new StringBuilder("(");
        foreach (var c in text)
        {
            if (c is '(' or ')' or '\\')
                result.Append('\\');
            result.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return result.Append(')').ToString();
    }

    private string Glyphs(TrueTypeFont font, string text)
    {
        var result = new StringBuilder("<");
        foreach (var c in text)
        {
            if (!_glyphs.TryGetValue(c, out var glyph))
            {
                glyph = font.GlyphOf(c);
                _glyphs.Add(c, glyph);
                _used.TryAdd(glyph, c);
            }

            result.Append(CultureInfo.InvariantCulture, $"{glyph:X4}");
        }

        return result.Append('>').ToString();
    }

    private int WriteJapanese(PdfFile file, TrueTypeFont font)
    {
        // A subset's name begins with six letters and a plus sign.
        const string Name = "PRINTD+Japanese";
        var (outlines, descriptor, descendant, unicode, composite) = (file.Reserve(), file.Reserve(), file.Reserve(), file.Reserve(), file.Reserve());
        var subset = font.Subset(_used.Keys);
        file.WriteStream(outlines, subset, string.Create(CultureInfo.InvariantCulture, $"/Length1 {subset.Length} "));
        file.WriteObject(descriptor, string.Create(
            CultureInfo.InvariantCulture,
            $"""
            << /Type /FontDescriptor /FontName /{Name} /Flags {Symbolic} /FontBBox [{font.Box}] /ItalicAngle 0
            /Ascent {font.Ascent} /Descent {font.Descent} /CapHeight {font.Ascent} /StemV 80 /FontFile2 {outlines} 0 R >>
            """));
        var widths = string.Join(' ', _used.Keys.Select(glyph => string.Create(CultureInfo.InvariantCulture, $"{glyph} [{font.WidthOf(glyph)}]")));
        file.WriteObject(descendant, string.Create(
            CultureInfo.InvariantCulture,
            $"""
            << /Type /Font /Subtype /CIDFontType2 /BaseFont /{Name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>
            /CIDToGIDMap /Identity /DW 1000 /W [{widths}] /FontDescriptor {descriptor} 0 R >>
            """));
        file.WriteStream(unicode, Encoding.ASCII.GetBytes(ToUnicode()));
        file.WriteObject(composite, string.Create(
            CultureInfo.InvariantCulture,
            $"<< /Type /Font /Subtype /Type0 /BaseFont /{Name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {unicode} 0 R >>"));
        return composite;
    }

    /// <summary>Which character each glyph is, so that text can be searched and copied.</summary>
    private string ToUnicode()
    {
        var map = new StringBuilder("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Used def /CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n");
        foreach (var part in _used.Chunk(100))
        {
            map.Append(CultureInfo.InvariantCulture, $"{part.Length} beginbfchar\n");
            foreach (var (glyph, character) in part)
                map.Append(CultureInfo.InvariantCulture, $"<{glyph:X4}> <{(int)character:X4}>\n");
            map.Append("endbfchar\n");
        }

        return map.Append("endcmap CMapName currentdict /CMap defineresource pop end end\n").ToString();
    }
}
