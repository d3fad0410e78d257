namespace ProvisioningStation.CommunicationTerminal.Printing.Pdf;

/// <summary>
/// The font for Japanese text in PDFs. None is shipped: it is the one that the options name, or one that stands on this machine. Where there is none, sheets are in English and say so.
/// </summary>
internal sealed class JapaneseFont
{
    /// <summary>Where distributions put Japanese fonts with TrueType outlines; the first that exists is taken.</summary>
    private static readonly string[] Places =
    [
        "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
        "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
        "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
        "/usr/share/fonts/truetype/takao-gothic/TakaoGothic.ttf",
        "/usr/share/fonts/truetype/vlgothic/VL-Gothic-Regular.ttf",
        "/usr/share/fonts/ipa-gothic/ipag.ttf",
        "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    ];

    /// <summary>Any character that every Japanese font has: hiragana, katakana, kanji.</summary>
    private const string Probe = "あア銘板";

    private readonly Lazy<TrueTypeFont?> _font;

    public JapaneseFont(PrintingOptions options) => _font = new Lazy<TrueTypeFont?>(() => options.JapaneseFont is { } file ? new TrueTypeFont(file) : Find(Places));

    /// <summary>The font, null where there is none.</summary>
    public TrueTypeFont? Font => _font.Value;

    /// <summary>The first of <paramref name="places"/> that holds a Japanese font which may be embedded.</summary>
    internal static TrueTypeFont? Find(IEnumerable<string> places)
    {
        foreach (var file in places.Where(File.Exists))
        {
            try
            {
                var font = new TrueTypeFont(file);
                if (Probe.All(character => font.GlyphOf(character) != 0))
                    return font;
            }
            catch (Hosting.ConfigurationException)
            {
                // The next place may hold a better one; a font that was named by the options is not looked for here.
            }
        }

        return null;
    }
}
