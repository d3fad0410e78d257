using System.Net.Http.Headers;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// From the bytes that the production management system sent to a plan. A plan is taken whole or not at all; whatever is wrong is said with row and column.
/// </summary>
internal static class PlanReader
{
    /// <summary>The most bytes of a plan: 31 days of some thousand models.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and checks the plan of <paramref name="month"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/>.</exception>
    public static ProductionPlan Read(ReadOnlySpan<byte> content, MediaTypeHeaderValue? type, PlanMonth month)
    {
        var text = Decode(content, type?.CharSet);
        var cells = type?.MediaType switch
        {
            "application/json" => JsonPlan.Read(text, month),
            "text/csv" => CsvPlan.Read(text),
            _ => throw Invalid($"The plan came as '{Printable.Shorten(type?.MediaType)}'. Expected application/json or text/csv."),
        };
        return PlanRules.Check(month, cells);
    }

    /// <summary>A refusal.</summary>
    public static ProvisioningException Invalid(string message) => new(ErrorCode.InvalidPlan, message);

    private static string Decode(ReadOnlySpan<byte> content, string? charSet)
    {
        if (content.Length > MaxBytes)
            throw Invalid($"The plan is longer than {MaxBytes} bytes.");
        if (charSet is not null && !charSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw Invalid($"The plan's encoding is '{Printable.Shorten(charSet)}'. Expected UTF-8.");
        try
        {
            var text = StrictUtf8.GetString(content);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"The plan is not UTF-8: byte {cause.Index + 1} does not belong to any character.", cause);
        }
    }
}
