using System.Text.Json;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The plan as JSON: <c>{"month":"2026-11","days":[{"date","model","count","firstSerial","line"}]}</c>, and nothing else.</summary>
internal static class JsonPlan
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>The rows as text, and the month that the plan says it is of.</summary>
    public static (PlanTable Table, PlanMonth Month) Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return ReadPlan(document.RootElement);
        }
        catch (JsonException cause)
        {
            var place = cause.LineNumber is { } line ? $"line {line + 1}, byte {cause.BytePositionInLine + 1}" : "its structure";
            throw new ProvisioningException(ErrorCode.InvalidPlan, $"The plan is not well-formed JSON ({place}), or names a property twice.", cause);
        }
    }

    private static (PlanTable Table, PlanMonth Month) ReadPlan(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw PlanReader.Invalid("The plan is not a JSON object with month and days.");
        if (FindUnknown(root, ["month", "days"]) is { } unknown)
            throw PlanReader.Invalid($"The plan has an unknown column '{unknown}'. Known: month, days.");
        if (!root.TryGetProperty("month", out var said) || said.ValueKind != JsonValueKind.String || !PlanMonth.TryParse(said.GetString(), out var month))
            throw PlanReader.Invalid($"The plan's month is {(said.ValueKind == JsonValueKind.Undefined ? "absent" : Printable.Shorten(said.GetRawText()))}. Expected: yyyy-MM.");
        if (!root.TryGetProperty("days", out var days) || days.ValueKind != JsonValueKind.Array)
            throw PlanReader.Invalid("The plan has no list of days.");
        var table = new PlanTable([], []);
        foreach (var (index, row) in days.EnumerateArray().Index())
            ReadRow(row, $"Row {index + 1}", table);
        return (table, month);
    }

    private static void ReadRow(JsonElement row, string place, PlanTable table)
    {
        BadPlanRow? bad = null;
        if (row.ValueKind != JsonValueKind.Object)
            bad = new BadPlanRow(place, null, PlanFault.NotAnObject);
        else if (FindUnknown(row, PlanCells.Names) is { } unknown)
            bad = new BadPlanRow(place, null, PlanFault.UnknownColumn, unknown, string.Join(", ", PlanCells.Names));
        if (bad is not null)
        {
            table.Bad.Add(bad);
            return;
        }

        var cells = new PlanCells(
            place,
            Cell("date", JsonValueKind.String),
            Cell("model", JsonValueKind.String),
            Cell("count", JsonValueKind.Number),
            Cell("firstSerial", JsonValueKind.Number),
            Cell("line", JsonValueKind.String));
        if (bad is null)
            table.Rows.Add(cells);
        else
            table.Bad.Add(bad);

        string? Cell(string column, JsonValueKind kind)
        {
            if (!row.TryGetProperty(column, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            if (value.ValueKind == kind)
                return kind == JsonValueKind.Number ? value.GetRawText() : value.GetString();
            bad ??= new BadPlanRow(place, column, kind == JsonValueKind.Number ? PlanFault.NotANumberInJson : PlanFault.NotAString, Printable.Shorten(value.GetRawText()));
            return null;
        }
    }

    private static string? FindUnknown(JsonElement element, IReadOnlyList<string> known)
    {
        var unknown = element.EnumerateObject().Select(property => property.Name).FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal));
        return unknown is null ? null : Printable.Shorten(unknown);
    }
}
