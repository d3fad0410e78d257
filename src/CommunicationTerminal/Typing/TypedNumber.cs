using System.Text;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>Guards against typing errors (P-21): what was typed, read with care and compared with today's plan.</summary>
internal sealed class TypedNumber(Database database, FactoryClock clock)
{
    private const int MostSuggested = 8;
    private const int MostAsked = 400;

    private const string Characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Characters that people take for each other on a plate.</summary>
    private static readonly string[] LookAlike = ["0OQD", "1IL7", "2Z", "5S", "8B3", "6G", "4A", "VUY", "MN"];

    /// <summary>What was typed as a machine number is written: full-width characters as narrow ones, small letters as capitals, blanks gone, and a missing hyphen put in.</summary>
    public static string Normalize(string? typed)
    {
        var text = string.Concat((typed ?? string.Empty).Normalize(NormalizationForm.FormKC).Where(character => !char.IsWhiteSpace(character))).ToUpperInvariant()
            .Replace('−', '-').Replace('‐', '-').Replace('–', '-').Replace('ー', '-');
        return text.Length == MachineNumber.Length - 1 && !text.Contains('-', StringComparison.Ordinal) ? $"{text[..ModelCode.Length]}-{text[ModelCode.Length..]}" : text;
    }

    /// <summary>The day of the plan that <paramref name="number"/> belongs to; null where no plan has it.</summary>
    public DateOnly? FindPlanDate(MachineNumber number) =>
        database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT plan_date FROM unit WHERE machine_number = @number", new { number = number.ToString() })) is { } date
            ? FactoryClock.ParseDate(date)
            : null;

    /// <summary>Whether today's plan has <paramref name="number"/>.</summary>
    public bool IsOfToday(MachineNumber number) => FindPlanDate(number) == clock.Today;

    /// <summary>Numbers of today's plan that somebody may have meant by <paramref name="text"/>: one character wrong, missing or too many, or two exchanged; the likeliest first.</summary>
    public IReadOnlyList<string> Suggest(string text)
    {
        var candidates = Variations(text).Distinct(StringComparer.Ordinal).Where(candidate => candidate != text && MachineNumber.TryParse(candidate, out _)).ToList();
        var today = FactoryClock.Stored(clock.Today);
        var known = database.Read(connection => candidates.Chunk(MostAsked)
            .SelectMany(numbers => connection.Query<string>("SELECT machine_number FROM unit WHERE machine_number IN @numbers AND plan_date = @today", new { numbers, today }))
            .ToHashSet(StringComparer.Ordinal));
        return candidates.Where(known.Contains).Take(MostSuggested).ToList();
    }

    private static IEnumerable<string> Variations(string text)
    {
        if (text.Length is < MachineNumber.Length - 1 or > MachineNumber.Length + 1)
            yield break;
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var other in LookAlike.Where(group => group.Contains(text[at], StringComparison.Ordinal)).SelectMany(group => group))
                yield return text[..at] + other + text[(at + 1)..];
        }

        for (var at = 0; at + 1 < text.Length; at++)
            yield return text[..at] + text[at + 1] + text[at] + text[(at + 2)..];
        for (var at = 0; at < text.Length; at++)
            yield return text.Remove(at, 1);
        for (var at = 0; at <= text.Length; at++)
        {
            foreach (var one in Characters)
            {
                yield return text.Insert(at, one.ToString());
                if (at < text.Length)
                    yield return text[..at] + one + text[(at + 1)..];
            }
        }
    }
}
