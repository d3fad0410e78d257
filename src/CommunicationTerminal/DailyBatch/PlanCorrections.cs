using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Applies what the manager has confirmed (table <c>plan_correction</c>) to the units of days that are allocated. Per pull and model in one transaction: first units go from days that have
/// too many to days that have too few, then each day is brought to its new figures.
/// </summary>
internal sealed partial class PlanCorrections(Database database, DayPlan days, ManagedModels managed, FactoryClock clock, ILogger<PlanCorrections> logger)
{
    /// <summary>Applies all that is confirmed, in its order.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var confirmed = database.Read(connection =>
            connection.Query<(long Pull, string Model)>("SELECT pull_id, model FROM plan_correction WHERE state = 'Confirmed' GROUP BY pull_id, model ORDER BY MIN(correction_id)").ToList());
        foreach (var (pull, model) in confirmed)
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeCorrection);
            var results = await database.WriteAsync((connection, transaction) => Apply(connection, transaction, pull, ModelCode.Parse(model)), cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterCorrection);
            foreach (var (date, result) in results)
                LogApplied(date, model, result);
        }
    }

    private List<(DateOnly Date, string Result)> Apply(DbConnection connection, DbTransaction transaction, long pull, ModelCode model)
    {
        var rows = connection.Query<(long Id, string Date, long Count, int? FirstSerial, string? Line)>(
                """
                SELECT correction_id, plan_date, after_count, after_first_serial, after_line FROM plan_correction
                WHERE pull_id = @pull AND model = @model AND state = 'Confirmed' ORDER BY correction_id
                """,
                new { pull, model = model.ToString() },
                transaction)
            .Select(row => (row.Id, Row: new PlanRow(FactoryClock.ParseDate(row.Date), model, (int)row.Count, row.FirstSerial, row.Line)))
            .ToList();
        var moved = managed.Contains(model) ? MoveBetween(connection, transaction, rows.ConvertAll(row => row.Row)) : [];
        var results = new List<(DateOnly, string)>();
        foreach (var (id, row) in rows)
        {
            var result = "The model gets no certificates; nothing had to be changed.";
            if (managed.Contains(model) || row.Count == 0)
            {
                var change = days.Bring(connection, transaction, row);
                result = (change with { Moved = change.Moved + moved.GetValueOrDefault(row.Date) }).ToString();
            }

            connection.Execute(
                "UPDATE plan_correction SET state = 'Applied', applied_at = @now, result = @result WHERE correction_id = @id AND state = 'Confirmed'",
                new { id, result, now = clock.StoredNow },
                transaction);
            results.Add((row.Date, result));
        }

        return results;
    }

    private Dictionary<DateOnly, int> MoveBetween(DbConnection connection, DbTransaction transaction, List<PlanRow> rows)
    {
        var moved = rows.Where(row => row.GivenRange is not null).ToDictionary(row => row.Date, row => days.TakeGiven(connection, transaction, row));
        var counted = rows.Where(row => row.GivenRange is null).ToList();
        foreach (var to in counted.Where(row => row.Count > 0))
        {
            foreach (var from in counted.Where(row => row != to))
                moved[to.Date] = moved.GetValueOrDefault(to.Date) + days.Move(connection, transaction, from, to);
        }

        return moved;
    }

    [LoggerMessage(215, LogLevel.Information, "Corrected plan of {Date} for model {Model}: {Result}")]
    private partial void LogApplied(DateOnly date, string model, string result);
}
