using System.Globalization;
using System.Text.Json;

namespace ProvisioningStation.Factory.Setup;

/// <summary>
/// The quotas that this factory's plan needs: per managed model, the running month and the next one, with a tenth to spare. Repeatable: it makes what is missing, so that each start
/// in a new month adds that month's.
/// </summary>
public static class PlannedQuotas
{
    private const int MonthsAhead = 1;
    private const int SparePercent = 10;
    private const long MostPerQuota = 1_000_000; // a model has no more machine numbers

    private static readonly JsonDocumentOptions Json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Proposes and approves what is missing at the CA, which must be running.</summary>
    /// <returns>What there is to say, in one line; null where quotas are not required.</returns>
    /// <exception cref="FactoryException">A configuration file is not what it should be.</exception>
    public static async Task<string?> ApproveAsync(FactoryLayout layout, Uri authority, CancellationToken cancellationToken)
    {
        var (factory, required) = Read(layout, "certificate-authority", root => (FactoryName(root), Value(root, "Quotas:Required")?.GetBoolean() ?? true));
        if (!required || factory is null)
            return null;
        using var desk = QuotaDesk.Open(layout, authority);
        if (desk is null)
            return "No quota was made: the CA's Ceremony:Parts give nobody the roles Administrator and Approver. Without an approved quota nothing is issued.";
        var planned = ReadPlan(layout);
        if (planned is null)
            return "No quota was made: the plan comes from a file (Plan:File). Propose and approve them by hand; without an approved quota nothing is issued.";

        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var first = new DateOnly(today.Year, today.Month, 1);
        var made = new List<string>();
        foreach (var (model, perDay) in planned)
        {
            var approved = 0L;
            for (var month = 0; month <= MonthsAhead; month++)
            {
                var starts = first.AddMonths(month);
                var ends = starts.AddMonths(1).AddDays(-1);
                var wanted = Math.Min(MostPerQuota, ((long)perDay * ends.Day * (100 + SparePercent)) / 100);
                approved += await desk.EnsureAsync(factory, model, starts, ends, wanted, cancellationToken);
            }

            if (approved > 0)
                made.Add(string.Create(CultureInfo.InvariantCulture, $"{model} × {approved}"));
        }

        var period = string.Create(CultureInfo.InvariantCulture, $"{first:yyyy-MM} and {first.AddMonths(MonthsAhead):yyyy-MM}");
        return made.Count == 0
            ? $"Quotas of factory {factory} for {period} are approved already."
            : $"Quotas of factory {factory} for {period}, proposed by its administrator and approved by its approver: {string.Join(", ", made)}";
    }

    /// <summary>Units a day of the managed models; null where the plan is a file that only the stand-in knows.</summary>
    private static List<(string Model, int PerDay)>? ReadPlan(FactoryLayout layout)
    {
        var managed = Read(layout, "communication-terminal", root => Items(root, "ManagedModels:Models")
            .Where(model => model.TryGetProperty("Managed", out var value) && value.GetBoolean())
            .Select(model => model.GetProperty("Model").GetString()!)
            .ToHashSet(StringComparer.Ordinal));
        return Read(layout, "production-management", root => Value(root, "Plan:File") is not null
            ? null
            : Items(root, "Plan:Models")
                .Select(model => (Model: model.GetProperty("Model").GetString()!, PerDay: model.TryGetProperty("CountPerDay", out var count) ? count.GetInt32() : 0))
                .Where(model => model.PerDay > 0 && managed.Contains(model.Model))
                .ToList());
    }

    private static string? FactoryName(JsonElement root) => Items(root, "Ceremony:Parts")
        .Where(part => part.GetProperty("Role").GetString() == "CommunicationTerminal")
        .Select(part => part.GetProperty("Name").GetString())
        .FirstOrDefault();

    private static T Read<T>(FactoryLayout layout, string program, Func<JsonElement, T> read)
    {
        var file = layout.ConfigurationFile(program);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file), Json);
            return read(document.RootElement);
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FactoryException($"{file} can't be used: {cause.Message.ReplaceLineEndings(" ")}", cause);
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string path) => Value(root, path) is { } list ? list.EnumerateArray() : default;

    private static JsonElement? Value(JsonElement root, string path)
    {
        foreach (var name in path.Split(':'))
        {
            if (!root.TryGetProperty(name, out root))
                return null;
        }

        return root;
    }
}
