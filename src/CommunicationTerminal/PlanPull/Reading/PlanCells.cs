using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>One row as text, as the factory's system wrote it, with the place to name in a complaint; null or empty where a value is absent.</summary>
internal sealed record PlanCells(string Place, string? Date, string? Model, string? Count, string? FirstSerial, string? Line)
{
    /// <summary>The names of the columns, with what a Japanese system calls them.</summary>
    public static IReadOnlyList<(string Name, string Japanese)> Columns { get; } =
        [("date", "日付"), ("model", "機種"), ("count", "台数"), ("firstSerial", "先頭番号"), ("line", "ライン")];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Columns.Select(column => column.Name)];

    /// <summary>Those that may not be left out.</summary>
    public static IReadOnlyList<string> Required { get; } = ["date", "model", "count"];

    /// <summary>The column of this name, null where there is none.</summary>
    public static string? FindColumn(string text) => Columns.FirstOrDefault(column => column.Name == text || column.Japanese == text).Name;
}

/// <summary>The rows that could be told apart, and those that could not.</summary>
internal sealed record PlanTable(List<PlanCells> Rows, List<BadPlanRow> Bad);
