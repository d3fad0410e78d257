using System.Diagnostics.CodeAnalysis;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>
/// The form of workers' badges: <c>#</c> is a digit, <c>@</c> a capital letter, <c>?</c> either, every other character itself, such as <c>W-####</c>. It is a mask and no regular expression
/// because then it is certain, not merely tried, that no badge looks like a machine number or a command.
/// </summary>
internal sealed class BadgePattern
{
    private const int Shortest = 4;
    private const int Longest = 32;

    private readonly string _mask;

    private BadgePattern(string mask) => _mask = mask;

    /// <summary>Reads a mask; <paramref name="problem"/> says what is wrong with it.</summary>
    public static bool TryParse(string mask, [NotNullWhen(true)] out BadgePattern? pattern, [NotNullWhen(false)] out string? problem)
    {
        pattern = null;
        problem = Problem(mask);
        if (problem is not null)
            return false;
        pattern = new BadgePattern(mask);
        return true;
    }

    /// <summary>Whether <paramref name="text"/> is a badge.</summary>
    public bool Matches(string text)
    {
        if (text.Length != _mask.Length)
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (!Allows(_mask[i], text[i]))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => _mask;

    private static string? Problem(string mask)
    {
        if (mask.Length is < Shortest or > Longest || mask.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return $"'{Printable.Shorten(mask)}' is not a badge's form: {Shortest} to {Longest} printable characters without spaces, where # is a digit, @ a capital letter, ? either.";
        if (mask.AsSpan().IndexOfAny("#@?") < 0)
            return $"'{mask}' is one badge only. Put # for a digit, @ for a capital letter, ? for either.";
        if (mask[0] is '%')
            return $"'{mask}' begins like a command barcode. Choose another first character than '%'.";
        if (mask.Length == MachineNumber.Length && Enumerable.Range(0, mask.Length).All(i => CanBeOfMachineNumber(mask[i], i)))
            return $"'{mask}' would also match machine numbers (such as 3012-123456). Choose another length, or a character that no machine number has at its place.";
        return null;
    }

    private static bool CanBeOfMachineNumber(char mask, int place) => place switch
    {
        < ModelCode.Length => mask is '#' or '@' or '?' || char.IsAsciiLetterUpper(mask) || char.IsAsciiDigit(mask),
        ModelCode.Length => mask == '-',
        _ => mask is '#' or '?' || char.IsAsciiDigit(mask),
    };

    private static bool Allows(char mask, char c) => mask switch
    {
        '#' => char.IsAsciiDigit(c),
        '@' => char.IsAsciiLetterUpper(c),
        '?' => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c),
        _ => c == mask,
    };
}
