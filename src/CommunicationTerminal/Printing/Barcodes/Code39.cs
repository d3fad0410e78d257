using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

/// <summary>
/// Code 39 (ISO/IEC 16388), without check character: the scanner hands on what stands between the asterisks. Narrow and wide elements are given in columns,
/// so that a wide one can be 2¼ to 3 narrow ones and both a whole number of the printer's dots.
/// </summary>
internal static class Code39
{
    private const char StartStop = '*';

    /// <summary>Five bars and four spaces in turn, <c>w</c> for a wide one.</summary>
    internal static readonly IReadOnlyDictionary<char, string> Patterns = new Dictionary<char, string>
    {
        ['0'] = "nnnwwnwnn", ['1'] = "wnnwnnnnw", ['2'] = "nnwwnnnnw", ['3'] = "wnwwnnnnn", ['4'] = "nnnwwnnnw", ['5'] = "wnnwwnnnn", ['6'] = "nnwwwnnnn", ['7'] = "nnnwnnwnw",
        ['8'] = "wnnwnnwnn", ['9'] = "nnwwnnwnn", ['A'] = "wnnnnwnnw", ['B'] = "nnwnnwnnw", ['C'] = "wnwnnwnnn", ['D'] = "nnnnwwnnw", ['E'] = "wnnnwwnnn", ['F'] = "nnwnwwnnn",
        ['G'] = "nnnnnwwnw", ['H'] = "wnnnnwwnn", ['I'] = "nnwnnwwnn", ['J'] = "nnnnwwwnn", ['K'] = "wnnnnnnww", ['L'] = "nnwnnnnww", ['M'] = "wnwnnnnwn", ['N'] = "nnnnwnnww",
        ['O'] = "wnnnwnnwn", ['P'] = "nnwnwnnwn", ['Q'] = "nnnnnnwww", ['R'] = "wnnnnnwwn", ['S'] = "nnwnnnwwn", ['T'] = "nnnnwnwwn", ['U'] = "wwnnnnnnw", ['V'] = "nwwnnnnnw",
        ['W'] = "wwwnnnnnn", ['X'] = "nwnnwnnnw", ['Y'] = "wwnnwnnnn", ['Z'] = "nwwnwnnnn", ['-'] = "nwnnnnwnw", ['.'] = "wwnnnnwnn", [' '] = "nwwnnnwnn", ['$'] = "nwnwnwnnn",
        ['/'] = "nwnwnnnwn", ['+'] = "nwnnnwnwn", ['%'] = "nnnwnwnwn", [StartStop] = "nwnnwnwnn",
    };

    /// <summary>Encodes <paramref name="text"/> with elements <paramref name="narrow"/> and <paramref name="wide"/> columns wide; the gap between characters is a narrow one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotSupported"/> for a character that Code 39 does not have, or none.</exception>
    public static Symbol Encode(string text, int narrow, int wide)
    {
        if (text.Length == 0 || text.Any(static c => c == StartStop || !Patterns.ContainsKey(c)))
            throw new ProvisioningException(ErrorCode.NotSupported, $"'{Printable.Shorten(text)}' can't be a Code 39: only capital letters, digits, space and -.$/+% can, at least one character.");
        var characters = $"{StartStop}{text}{StartStop}".Select(c => Patterns[c].Select(element => element == 'w' ? wide : narrow));
        return Symbol.Linear(characters.SelectMany((widths, index) => index == 0 ? widths : widths.Prepend(narrow)), Symbol.LinearQuiet * narrow);
    }
}
