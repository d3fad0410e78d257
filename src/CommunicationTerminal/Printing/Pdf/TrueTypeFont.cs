using System.Buffers.Binary;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CommunicationTerminal.Printing.Pdf;

/// <summary>A font file with TrueType outlines: which glyph stands for a character, how wide it is, and a copy with the used glyphs only (OpenType 1.9).</summary>
internal sealed class TrueTypeFont
{
    private const ushort RestrictedEmbedding = 0x0002;

    private const int CompositeArgumentsAreWords = 0x0001;
    private const int CompositeHasScale = 0x0008;
    private const int CompositeHasMore = 0x0020;
    private const int CompositeHasTwoScales = 0x0040;
    private const int CompositeHasMatrix = 0x0080;

    private const int HeadChecksum = 8;

    /// <summary>What a reader needs of a font that is embedded by glyph numbers.</summary>
    private static readonly string[] Embedded = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

    private readonly byte[] _file;
    private readonly Dictionary<string, (int Offset, int Length)> _tables = new(StringComparer.Ordinal);
    private readonly bool _longOffsets;
    private readonly int _unitsPerEm;
    private readonly int _widthCount;
    private readonly int _characterMap;

    /// <summary>Reads the file's tables.</summary>
    /// <exception cref="ConfigurationException">It is not a font that can be embedded.</exception>
    public TrueTypeFont(string file)
    {
        File = file;
        _file = System.IO.File.ReadAllBytes(file);
        try
        {
            if (Long(0) != 0x00010000)
                throw Refuse("it has no TrueType outlines (a .ttc collection and an .otf with PostScript outlines don't)");
            for (var i = 0; i < Short(4); i++)
                _tables[Encoding.ASCII.GetString(_file, 12 + (16 * i), 4)] = (Long(20 + (16 * i)), Long(24 + (16 * i)));
            if (_tables.TryGetValue("OS/2", out var os2) && (Short(os2.Offset + 8) & 0x000F) == RestrictedEmbedding)
                throw Refuse("its licence does not allow that it is embedded");
            _unitsPerEm = Short(Table("head") + 18);
            _longOffsets = Short(Table("head") + 50) != 0;
            GlyphCount = Short(Table("maxp") + 4);
            _widthCount = Short(Table("hhea") + 34);
            Ascent = Thousandths(Signed(Table("hhea") + 4));
            Descent = Thousandths(Signed(Table("hhea") + 6));
            Box = string.Join(' ', Enumerable.Range(0, 4).Select(i => Thousandths(Signed(Table("head") + 36 + (2 * i)))));
            _characterMap = FindCharacterMap();
        }
        catch (Exception cause) when (cause is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw Refuse("it is damaged or no font");
        }
    }

    /// <summary>Where it was read.</summary>
    public string File { get; }

    /// <summary>How many glyphs it has.</summary>
    public int GlyphCount { get; }

    /// <summary>Height above the baseline, in thousandths of an em.</summary>
    public int Ascent { get; }

    /// <summary>Depth below it, negative.</summary>
    public int Descent { get; }

    /// <summary>The box that holds every glyph, in thousandths of an em.</summary>
    public string Box { get; }

    /// <summary>The glyph of a character of the basic plane; 0 (the "missing" glyph) where it has none.</summary>
    public int GlyphOf(char character)
    {
        var segments = Short(_characterMap + 6) / 2;
        var ends = _characterMap + 14;
        var starts = ends + (2 * segments) + 2;
        for (var i = 0; i < segments; i++)
        {
            if (Short(ends + (2 * i)) < character)
                continue;
            var start = Short(starts + (2 * i));
            if (start > character)
                return 0;
            var delta = Short(starts + (2 * segments) + (2 * i));
            var offsetAt = starts + (4 * segments) + (2 * i);
            var offset = Short(offsetAt);
            if (offset == 0)
                return (character + delta) & 0xFFFF;
            var glyph = Short(offsetAt + offset + (2 * (character - start)));
            return glyph == 0 ? 0 : (glyph + delta) & 0xFFFF;
        }

        return 0;
    }

    /// <summary>How far a glyph moves the pen, in thousandths of an em.</summary>
    public int WidthOf(int glyph) => Thousandths(Short(Table("hmtx") + (4 * Math.Min(glyph, _widthCount - 1))));

    /// <summary>The font with the outlines of these glyphs only. Glyphs keep their numbers; the others are empty.</summary>
    public byte[] Subset(IEnumerable<int> glyphs)
    {
        var kept = new SortedSet<int>(glyphs) { 0 };
        foreach (var glyph in kept.ToList())
            AddParts(glyph, kept);

        var outlines = new MemoryStream();
        var locations = new byte[(GlyphCount + 1) * 4];
        for (var glyph = 0; glyph < GlyphCount; glyph++)
        {
            BinaryPrimitives.WriteInt32BigEndian(locations.AsSpan(4 * glyph), (int)outlines.Length);
            if (!kept.Contains(glyph))
                continue;
            var (offset, length) = Outline(glyph);
            outlines.Write(_file, offset, length);
            Pad(outlines);
        }

        BinaryPrimitives.WriteInt32BigEndian(locations.AsSpan(4 * GlyphCount), (int)outlines.Length);
        return Assemble(outlines.ToArray(), locations);
    }

    private byte[] Assemble(byte[] outlines, byte[] locations)
    {
        var names = Embedded.Where(_tables.ContainsKey).ToList();
        var result = new MemoryStream();
        var position = 12 + (16 * names.Count);
        var entries = new byte[position];
        BinaryPrimitives.WriteInt32BigEndian(entries, 0x00010000);
        var largestPower = (int)Math.Log2(names.Count);
        BinaryPrimitives.WriteUInt16BigEndian(entries.AsSpan(4), (ushort)names.Count);
        BinaryPrimitives.WriteUInt16BigEndian(entries.AsSpan(6), (ushort)(16 << largestPower));
        BinaryPrimitives.WriteUInt16BigEndian(entries.AsSpan(8), (ushort)largestPower);
        BinaryPrimitives.WriteUInt16BigEndian(entries.AsSpan(10), (ushort)(16 * (names.Count - (1 << largestPower))));
        result.Write(entries);
        for (var i = 0; i < names.Count; i++)
        {
            var content = names[i] switch
            {
                "glyf" => outlines,
                "loca" => locations,
                var name => _file.AsSpan(_tables[name].Offset, _tables[name].Length).ToArray(),
            };
            if (names[i] == "head")
            {
                content.AsSpan(HeadChecksum, 4).Clear();
                BinaryPrimitives.WriteInt16BigEndian(content.AsSpan(50), 1); // offsets in loca are long
            }

            var entry = entries.AsSpan(12 + (16 * i), 16);
            Encoding.ASCII.GetBytes(names[i], entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], Checksum(content));
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], (int)result.Length);
            BinaryPrimitives.WriteInt32BigEndian(entry[12..], content.Length);
            result.Write(content);
            Pad(result);
        }

        result.Position = 0;
        result.Write(entries);
        return result.ToArray();
    }

    /// <summary>Tables and outlines begin at a multiple of four.</summary>
    private static void Pad(MemoryStream stream)
    {
        while ((stream.Length & 3) != 0)
            stream.WriteByte(0);
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        uint sum = 0;
        for (var i = 0; i < content.Length; i++)
            sum += (uint)content[i] << (24 - (8 * (i & 3)));
        return sum;
    }

    /// <summary>Adds the glyphs that a composite one is made of.</summary>
    private void AddParts(int glyph, SortedSet<int> kept)
    {
        var (at, length) = Outline(glyph);
        if (length == 0 || Signed(at) >= 0)
            return;
        int flags;
        at += 10;
        do
        {
            flags = Short(at);
            var part = Short(at + 2);
            if (kept.Add(part))
                AddParts(part, kept);
            at += 4 + ((flags & CompositeArgumentsAreWords) != 0 ? 4 : 2);
            at += (flags & CompositeHasScale) != 0 ? 2 : (flags & CompositeHasTwoScales) != 0 ? 4 : (flags & CompositeHasMatrix) != 0 ? 8 : 0;
        }
        while ((flags & CompositeHasMore) != 0);
    }

    private (int Offset, int Length) Outline(int glyph)
    {
        var locations = Table("loca");
        var (start, end) = _longOffsets
            ? (Long(locations + (4 * glyph)), Long(locations + (4 * glyph) + 4))
            : (2 * Short(locations + (2 * glyph)), 2 * Short(locations + (2 * glyph) + 2));
        return (Table("glyf") + start, end - start);
    }

    private int FindCharacterMap()
    {
        var maps = Table("cmap");
        for (var i = 0; i < Short(maps + 2); i++)
        {
            var entry = maps + 4 + (8 * i);
            var map = maps + Long(entry + 4);
            if (Short(entry) is 0 or 3 && Short(map) == 4)
                return map;
        }

        throw Refuse("it has no table of Unicode characters");
    }

    private int Thousandths(int units) => (int)Math.Round(units * 1000.0 / _unitsPerEm);

    private int Table(string name) => _tables.TryGetValue(name, out var table) ? table.Offset : throw Refuse($"it has no table {name.Trim()}");

    private int Short(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at, 2));

    private int Signed(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at, 2));

    private int Long(int at) => BinaryPrimitives.ReadInt32BigEndian(_file.AsSpan(at, 4));

    private ConfigurationException Refuse(string why) => new($"The font {File} can't be embedded in a PDF: {why}. Install a Japanese font with TrueType outlines, such as Debian's fonts-ipafont-gothic.");
}
