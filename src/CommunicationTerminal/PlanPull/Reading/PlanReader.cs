using System.Net.Http.Headers;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>From the bytes of a source to a plan. What is no plan at all is refused; a row that can't be taken is listed with place, column and reason, and the others are read.</summary>
internal static class PlanReader
{
    /// <summary>The most bytes of a plan: 31 days of some thousand models.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The media type of a plan in JSON.</summary>
    public const string Json = "application/json";

    /// <summary>The media type of a plan in CSV.</summary>
    public const string Csv = "text/csv";

    /// <summary>Reads and checks a plan.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="type">Their media type, with the encoding where the source says it.</param>
    /// <param name="month">The month that was asked for; null where the plan itself says which it is.</param>
    /// <param name="encoding">The encoding that was agreed with the factory.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/>.</exception>
    public static PlanReading Read(ReadOnlySpan<byte> content, MediaTypeHeaderValue? type, PlanMonth? month, PlanEncoding encoding = PlanEncoding.Utf8)
    {
        var text = Decode(content, type?.CharSet, encoding);
        switch (type?.MediaType)
        {
            case Csv:
                var table = CsvPlan.Read(text);
                return PlanRules.Check(month ?? PlanRules.FindMonth(table.Rows), table);
            case Json:
                var (rows, said) = JsonPlan.Read(text);
                return said == (month ?? said) ? PlanRules.Check(said, rows) : throw Invalid($"The plan's month is \"{said}\". Asked for: {month}.");
            default:
                throw Invalid($"The plan came as '{Printable.Shorten(type?.MediaType)}'. Expected {Json} or {Csv}.");
        }
    }

    /// <summary>A refusal.</summary>
    public static ProvisioningException Invalid(string message) => new(ErrorCode.InvalidPlan, message);

    private static string Decode(ReadOnlySpan<byte> content, string? charSet, PlanEncoding encoding)
    {
        if (content.Length > MaxBytes)
            throw Invalid($"The plan is longer than {MaxBytes} bytes.");
        var hasMark = content.StartsWith(Encoding.UTF8.Preamble);
        var agreed = hasMark ? PlanEncoding.Utf8 : encoding; // no Shift-JIS text begins with this mark
        if (charSet is not null && !agreed.Names().Contains(charSet.Trim('"'), StringComparer.OrdinalIgnoreCase))
            throw Invalid($"The plan's encoding is '{Printable.Shorten(charSet)}'. Expected {agreed.Names()[0]}; PlanPull:Encoding says which.");
        try
        {
            return agreed.Strict().GetString(hasMark ? content[Encoding.UTF8.Preamble.Length..] : content);
        }
        catch (DecoderFallbackException cause)
        {
            var hint = agreed == PlanEncoding.Utf8 ? " If the factory's system writes Shift-JIS, set PlanPull:Encoding to ShiftJis." : string.Empty;
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"The plan is not {agreed.Names()[0]}: byte {cause.Index + 1} does not belong to any character.{hint}", cause);
        }
    }
}
