using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

/// <summary>Code 128 (ISO/IEC 15417): code set B, and code set C where pairs of digits make the symbol shorter. A module is one column.</summary>
internal static class Code128
{
    private const int CodeC = 99;
    private const int CodeB = 100;
    private const int StartB = 104;
    private const int StartC = 105;
    private const int Stop = 106;
    private const int CheckModulus = 103;

    /// <summary>More than any symbol has characters.</summary>
    private const int Never = int.MaxValue / 2;

    /// <summary>The widths of bars and spaces in turn, by symbol value; the last is the stop pattern with its terminating bar.</summary>
    internal static readonly IReadOnlyList<string> Patterns =
    [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", // 0
        "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", // 10
        "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", // 20
        "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313", // 30
        "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331", // 40
        "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111", // 50
        "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", // 60
        "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", // 70
        "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141", // 80
        "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141", // 90
        "114131", "311141", "411131", "211412", "211214", "211232", "2331112", // 100: FNC 4 / code B, FNC 4, FNC 1, starts A B C, stop
    ];

    /// <summary>Encodes printable ASCII.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotSupported"/> for any other character, or none.</exception>
    public static Symbol Encode(string text) =>
        Symbol.Linear(Values(text).SelectMany(value => Patterns[value]).Select(width => width - '0'), Symbol.LinearQuiet);

    /// <summary>The symbol values from start to stop, the check character before the last.</summary>
    internal static IReadOnlyList<int> Values(string text)
    {
        if (text.Length == 0 || text.FirstOrDefault(static c => c is < ' ' or > '~') is not '\0')
            throw new ProvisioningException(ErrorCode.NotSupported, $"'{Printable.Shorten(text)}' can't be a Code 128: only printable ASCII can, at least one character.");

        var (inB, inC) = Costs(text);
        var digits = inC[0] < inB[0];
        var values = new List<int> { digits ? StartC : StartB };
        for (var i = 0; i < text.Length;)
        {
            // The costs tell which set goes on from here; a tie stays in the set that is on.
            var pair = IsPair(text, i) ? 1 + inC[i + 2] : Never;
            var single = 1 + inB[i + 1];
            if (digits != (digits ? pair <= 1 + single : pair + 1 < single))
            {
                digits = !digits;
                values.Add(digits ? CodeC : CodeB);
            }

            values.Add(digits ? ((text[i] - '0') * 10) + text[i + 1] - '0' : text[i] - ' ');
            i += digits ? 2 : 1;
        }

        values.Add(values.Select((value, position) => value * Math.Max(1, position)).Sum() % CheckModulus);
        values.Add(Stop);
        return values;
    }

    /// <summary>For each place, the fewest symbol characters that the rest takes while set B, or C, is on.</summary>
    private static (int[] InB, int[] InC) Costs(string text)
    {
        var (inB, inC) = (new int[text.Length + 1], new int[text.Length + 1]);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            var single = 1 + inB[i + 1];
            var pair = IsPair(text, i) ? 1 + inC[i + 2] : Never;
            inB[i] = Math.Min(single, 1 + pair);
            inC[i] = Math.Min(pair, 1 + single);
        }

        return (inB, inC);
    }

    private static bool IsPair(string text, int at) => at + 1 < text.Length && char.IsAsciiDigit(text[at]) && char.IsAsciiDigit(text[at + 1]);
}
