using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>What the batch has to change of days that already have their numbers (table <c>plan_correction</c>): the intent, stored with the plan that asks for it.</summary>
internal static class CorrectionIntents
{
    /// <summary>A person confirmed it; the batch has not seen to it.</summary>
    public const string Confirmed = nameof(Confirmed);

    /// <summary>Stores one intent per model's day that is issued.</summary>
    public static int Store(DbConnection connection, DbTransaction transaction, long pull, IEnumerable<PlanChange> changes, string now, string who) => connection.Execute(
        """
        INSERT INTO plan_correction (pull_id, plan_date, model, before_count, before_first_serial, before_line, after_count, after_first_serial, after_line, state, confirmed_at, confirmed_by)
        VALUES (@pull, @date, @Model, @beforeCount, @beforeFirst, @beforeLine, @afterCount, @afterFirst, @afterLine, @Confirmed, @now, @who)
        """,
        changes.Where(change => change.Effect == PlanEffect.Corrected).Select(change => new
        {
            pull,
            date = FactoryClock.Stored(change.Date),
            change.Model,
            beforeCount = change.Before?.Count ?? 0,
            beforeFirst = change.Before?.FirstSerial,
            beforeLine = change.Before?.Line,
            afterCount = change.After?.Count ?? 0,
            afterFirst = change.After?.FirstSerial,
            afterLine = change.After?.Line,
            Confirmed,
            now,
            who,
        }),
        transaction);

    /// <summary>The intents of a pull, and what the batch has made of them.</summary>
    public static IReadOnlyList<PlanCorrection> Read(DbConnection connection, DbTransaction? transaction, long pull) =>
        connection.Query<(string Date, string Model, long Before, long After, string? AppliedAt, string? Result)>(
                "SELECT plan_date, model, before_count, after_count, applied_at, result FROM plan_correction WHERE pull_id = @pull ORDER BY correction_id",
                new { pull },
                transaction)
            .Select(row => new PlanCorrection(
                FactoryClock.ParseDate(row.Date), row.Model, (int)row.Before, (int)row.After, row.AppliedAt is null ? null : FactoryClock.Parse(row.AppliedAt), row.Result))
            .ToList();
}
