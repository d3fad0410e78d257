using System.Globalization;
using System.Text.RegularExpressions;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>What somebody asks for, as it stands in an address: the same words for the page, its CSV, the API and the command line.</summary>
internal sealed record UnitQuery
{
    /// <summary>Only machine numbers that begin so.</summary>
    public string? Prefix { get; init; }

    /// <summary>Only of this model.</summary>
    public string? Model { get; init; }

    /// <summary>Only machine numbers from this one on.</summary>
    public string? From { get; init; }

    /// <summary>Only machine numbers up to this one.</summary>
    public string? To { get; init; }

    /// <summary>Only machine numbers behind this one.</summary>
    public string? After { get; init; }

    /// <summary>Only in this state.</summary>
    public string? State { get; init; }

    /// <summary>Only those that this line has, or had last.</summary>
    public string? Line { get; init; }

    /// <summary>Only of this day of the plan, or of a later one.</summary>
    public string? PlanFrom { get; init; }

    /// <summary>Only of this day of the plan, or of an earlier one.</summary>
    public string? PlanTo { get; init; }

    /// <summary>As a person filled in the form of a page: whoever types full-width or small letters means the others.</summary>
    public static UnitQuery OfForm(IQueryCollection form)
    {
        string? Field(string name) => form[name].ToString() is { Length: > 0 } given ? given : null;
        string? Code(string name) => Field(name)?.Normalize(System.Text.NormalizationForm.FormKC).Trim().ToUpperInvariant();
        return new UnitQuery
        {
            Prefix = Code("prefix"),
            Model = Code("model"),
            From = Code("from"),
            To = Code("to"),
            State = Field("state"),
            Line = Field("line"),
            PlanFrom = Field("planFrom"),
            PlanTo = Field("planTo"),
        };
    }

    /// <summary>The address at <paramref name="path"/> that asks for this.</summary>
    public string At(string path, string? cursor = null)
    {
        (string Name, string? Value)[] given =
        [
            ("prefix", Prefix), ("model", Model), ("from", From), ("to", To), ("after", After), ("state", State), ("line", Line), ("planFrom", PlanFrom), ("planTo", PlanTo), ("cursor", cursor),
        ];
        return path + QueryString.Create(given.Where(field => field.Value is not null).Select(field => new KeyValuePair<string, string?>(field.Name, field.Value)));
    }

    /// <summary>What is wanted.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> or the code of the value, with the name of what is wrong.</exception>
    public UnitFilter ToFilter()
    {
        var filter = new UnitFilter
        {
            Prefix = Text(Prefix) is not { } prefix ? null
                : UnitFilter.PrefixForm().IsMatch(prefix) ? prefix
                : throw Malformed($"'{Printable.Shorten(prefix)}' is not how a machine number begins. Expected capital letters and digits as in 3012-1000."),
            Model = Text(Model) is { } model ? ModelCode.Parse(model) : null,
            From = Number(From),
            To = Number(To),
            After = Number(After),
            State = Text(State) is not { } state ? null
                : Enum.TryParse<UnitState>(state, out var known) && Enum.IsDefined(known) && !char.IsAsciiDigit(state[0]) ? known
                : throw Malformed($"'{Printable.Shorten(state)}' is no state of a unit. Allowed: {string.Join(", ", Enum.GetNames<UnitState>())}."),
            Line = Text(Line),
            PlanFrom = Day(PlanFrom),
            PlanTo = Day(PlanTo),
        };
        if (filter.From is { } from && filter.To is { } to && from.CompareTo(to) > 0)
            throw Malformed($"The first machine number ({from}) is behind the last one ({to}).");
        if (filter.PlanFrom > filter.PlanTo)
            throw Malformed($"The first day ({filter.PlanFrom:yyyy-MM-dd}) is behind the last one ({filter.PlanTo:yyyy-MM-dd}).");
        return filter;
    }

    private static string? Text(string? given) => string.IsNullOrWhiteSpace(given) ? null : given.Trim();

    private static MachineNumber? Number(string? given) => Text(given) is { } number ? MachineNumber.Parse(number) : null;

    private static DateOnly? Day(string? given) => Text(given) is not { } day ? null
        : DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var known) ? known
        : throw Malformed($"'{Printable.Shorten(day)}' is no day. Expected a day such as 2026-11-21.");

    private static ProvisioningException Malformed(string sentence) => new(ErrorCode.MalformedRequest, sentence);
}

/// <summary>Which units are wanted; what is null does not matter. Ranges include both ends.</summary>
internal sealed partial record UnitFilter
{
    /// <summary>Behind everything that begins with what stands before it.</summary>
    private const string Behind = "~";

    /// <summary>The first text behind a machine number and before the next one.</summary>
    private const string Next = "!";

    /// <summary>Machine numbers that begin so.</summary>
    public string? Prefix { get; init; }

    /// <summary>Of this model.</summary>
    public ModelCode? Model { get; init; }

    /// <summary>Machine numbers from this one on.</summary>
    public MachineNumber? From { get; init; }

    /// <summary>Machine numbers up to this one.</summary>
    public MachineNumber? To { get; init; }

    /// <summary>Machine numbers behind this one.</summary>
    public MachineNumber? After { get; init; }

    /// <summary>In this state.</summary>
    public UnitState? State { get; init; }

    /// <summary>That this line has, or had last.</summary>
    public string? Line { get; init; }

    /// <summary>Of this day of the plan or a later one.</summary>
    public DateOnly? PlanFrom { get; init; }

    /// <summary>Of this day of the plan or an earlier one.</summary>
    public DateOnly? PlanTo { get; init; }

    /// <summary>The lowest text that fits a machine number.</summary>
    public string Lowest => new[] { Prefix, Model?.ToString(), From?.ToString(), After is { } after ? JustBehind(after.ToString()) : null }.Max(StringComparer.Ordinal) ?? string.Empty;

    /// <summary>The lowest text that does not fit any more.</summary>
    public string Highest => new[] { Prefix is null ? null : Prefix + Behind, Model is null ? null : Model + Behind, To is { } to ? JustBehind(to.ToString()) : null, Behind }
        .OfType<string>().Min(StringComparer.Ordinal)!;

    /// <summary>The place right behind a machine number.</summary>
    public static string JustBehind(string number) => number + Next;

    /// <summary>How a machine number may begin.</summary>
    [GeneratedRegex("^(?:[A-Z0-9]{1,4}|[A-Z0-9]{4}-[0-9]{0,6})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    public static partial Regex PrefixForm();
}
