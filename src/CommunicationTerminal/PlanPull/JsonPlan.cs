using System.Text.Json;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The plan as JSON: <c>{"month":"2026-11","days":[{"date","model","count","firstSerial","line"}]}</c>, and nothing else.</summary>
internal static class JsonPlan
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>The rows as text, whose month is <paramref name="month"/>.</summary>
    public static List<PlanCells> Read(string text, PlanMonth month)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return ReadPlan(document.RootElement, month);
        }
        catch (JsonException cause)
        {
            var place = cause.LineNumber is { } line ? $"line {line + 1}, byte {cause.BytePositionInLine + 1}" : "its structure";
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"The plan is not well-formed JSON ({place}), or names a property twice.", cause);
        }
    }

    private static List<PlanCells> ReadPlan(JsonElement root, PlanMonth month)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw PlanReader.Invalid("The plan is not a JSON object with month and days.");
        RequireKnown(root, "The plan", "month", "days");
        if (!root.TryGetProperty("month", out var said) || said.ValueKind != JsonValueKind.String || said.GetString() != month.ToString())
            throw PlanReader.Invalid($"The plan's month is {(said.ValueKind == JsonValueKind.Undefined ? "absent" : Printable.Shorten(said.GetRawText()))}. Asked for: {month}.");
        if (!root.TryGetProperty("days", out var days) || days.ValueKind != JsonValueKind.Array)
            throw PlanReader.Invalid("The plan has no list of days.");
        return days.EnumerateArray().Select((row, index) => ReadRow(row, $"Row {index + 1}")).ToList();
    }

    private static PlanCells ReadRow(JsonElement row, string place)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw PlanReader.Invalid($"{place} is not an object.");
        RequireKnown(row, place, "date", "model", "count", "firstSerial", "line");
        return new PlanCells(
            place,
            Cell(row, place, "date", JsonValueKind.String),
            Cell(row, place, "model", JsonValueKind.String),
            Cell(row, place, "count", JsonValueKind.Number),
            Cell(row, place, "firstSerial", JsonValueKind.Number),
            Cell(row, place, "line", JsonValueKind.String));
    }

    private static string? Cell(JsonElement row, string place, string column, JsonValueKind kind)
    {
        if (!row.TryGetProperty(column, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != kind)
            throw PlanReader.Invalid($"{place}, column {column}: {Printable.Shorten(value.GetRawText())} is not a {(kind == JsonValueKind.Number ? "number" : "string")}.");
        return kind == JsonValueKind.Number ? value.GetRawText() : value.GetString();
    }

    private static void RequireKnown(JsonElement element, string place, params ReadOnlySpan<string> known)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw PlanReader.Invalid($"{place} has an unknown column '{Printable.Shorten(property.Name)}'. Known: {string.Join(", ", known)}.");
        }
    }
}
