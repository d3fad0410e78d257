using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The rows of pulls that wait for a decision, and the bad rows of all pulls.</summary>
internal static class PlanDrafts
{
    /// <summary>Keeps the rows of a pull that waits.</summary>
    public static void Store(DbConnection connection, DbTransaction transaction, long pull, IEnumerable<PlanRow> rows) => connection.Execute(
        "INSERT INTO plan_draft_row (pull_id, plan_date, model, unit_count, first_serial, line) VALUES (@pull, @date, @model, @Count, @FirstSerial, @Line)",
        rows.Select(row => new { pull, date = FactoryClock.Stored(row.Date), model = row.Model.ToString(), row.Count, row.FirstSerial, row.Line }),
        transaction);

    /// <summary>Keeps bad rows of a pull.</summary>
    public static void StoreBad(DbConnection connection, DbTransaction transaction, long pull, IEnumerable<BadPlanRow> rows) => connection.Execute(
        """
        INSERT INTO plan_bad_row (pull_id, position, place, column_name, fault, value, other, plan_date, model)
        VALUES (@pull, @position, @Place, @Column, @fault, @Value, @Other, @date, @Model)
        """,
        rows.Select((row, position) => new { pull, position, row.Place, row.Column, fault = row.Fault.ToString(), row.Value, row.Other, date = row.Date is { } date ? FactoryClock.Stored(date) : null, row.Model }),
        transaction);

    /// <summary>The rows of a pull that waits.</summary>
    public static IReadOnlyList<PlanRow> Read(DbConnection connection, DbTransaction? transaction, long pull) =>
        connection.Query<(string Date, string Model, int Count, int? FirstSerial, string? Line)>(
                "SELECT plan_date, model, unit_count, first_serial, line FROM plan_draft_row WHERE pull_id = @pull ORDER BY plan_date, model",
                new { pull },
                transaction)
            .Select(row => new PlanRow(FactoryClock.ParseDate(row.Date), ModelCode.Parse(row.Model), row.Count, row.FirstSerial, row.Line))
            .ToList();

    /// <summary>The bad rows that were kept of a pull.</summary>
    public static IReadOnlyList<BadPlanRow> ReadBad(DbConnection connection, DbTransaction? transaction, long pull) =>
        connection.Query<(string Place, string? Column, string Fault, string? Value, string? Other, string? Date, string? Model)>(
                "SELECT place, column_name, fault, value, other, plan_date, model FROM plan_bad_row WHERE pull_id = @pull ORDER BY position",
                new { pull },
                transaction)
            .Select(row => new BadPlanRow(row.Place, row.Column, Enum.Parse<PlanFault>(row.Fault), row.Value, row.Other, row.Date is null ? null : FactoryClock.ParseDate(row.Date), row.Model))
            .ToList();

    /// <summary>Forgets the rows of a pull that is decided; its bad rows stay with the history.</summary>
    public static void DeleteRows(DbConnection connection, DbTransaction transaction, long pull) =>
        connection.Execute("DELETE FROM plan_draft_row WHERE pull_id = @pull", new { pull }, transaction);
}
