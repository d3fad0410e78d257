using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The production plan as it was last pulled, month by month.</summary>
internal sealed class PlanStore(Database database, FactoryClock clock)
{
    /// <summary>When the plan of <paramref name="month"/> was last pulled, in the factory's time; null where there is none.</summary>
    public DateTime? FindPulledAt(PlanMonth month)
    {
        var stored = database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT pulled_at FROM plan_month WHERE month = @month", new { month = month.ToString() }));
        return stored is null ? null : clock.LocalOf(stored);
    }

    /// <summary>Puts the plan in the place of the month's earlier one. Days whose units have their serials already keep them.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> where it gives out serials that units bear; then the earlier plan stays.</exception>
    public Task ReplaceAsync(ProductionPlan plan, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            PlanRules.RequireFreeSerials(plan, ReadAllocations(connection, transaction));
            var month = plan.Month.ToString();
            connection.Execute("DELETE FROM plan_row WHERE month = @month", new { month }, transaction);
            connection.Execute("DELETE FROM plan_month WHERE month = @month", new { month }, transaction);
            connection.Execute("INSERT INTO plan_month (month, pulled_at) VALUES (@month, @now)", new { month, now = clock.StoredNow }, transaction);
            foreach (var row in plan.Rows)
            {
                connection.Execute(
                    "INSERT INTO plan_row (plan_date, model, month, unit_count, first_serial, line) VALUES (@date, @model, @month, @Count, @FirstSerial, @Line)",
                    new { date = FactoryClock.Stored(row.Date), model = row.Model.ToString(), month, row.Count, row.FirstSerial, row.Line },
                    transaction);
            }
        },
        cancellationToken);

    /// <summary>The plan's rows of one day; null where the day's month has no plan.</summary>
    public static IReadOnlyList<PlanRow>? FindDay(DbConnection connection, DbTransaction transaction, DateOnly date)
    {
        var month = PlanMonth.Of(date).ToString();
        if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM plan_month WHERE month = @month", new { month }, transaction) == 0)
            return null;
        return connection.Query<(string Model, int Count, int? FirstSerial, string? Line)>(
                "SELECT model, unit_count, first_serial, line FROM plan_row WHERE plan_date = @date ORDER BY model",
                new { date = FactoryClock.Stored(date) },
                transaction)
            .Select(row => new PlanRow(date, ModelCode.Parse(row.Model), row.Count, row.FirstSerial, row.Line))
            .ToList();
    }

    /// <summary>The serials of <paramref name="model"/> that plans of days not yet allocated give out themselves.</summary>
    public static IEnumerable<SerialRange> ReadGivenRanges(DbConnection connection, DbTransaction transaction, ModelCode model) =>
        connection.Query<(int First, int Count)>(
                "SELECT first_serial, unit_count FROM plan_row WHERE model = @model AND first_serial IS NOT NULL",
                new { model = model.ToString() },
                transaction)
            .Select(row => new SerialRange(row.First, row.Count));

    private static IEnumerable<(DateOnly, ModelCode, SerialRange)> ReadAllocations(DbConnection connection, DbTransaction transaction) =>
        connection.Query<(string Date, string Model, int First, int Count)>("SELECT plan_date, model, first_serial, unit_count FROM allocation", transaction: transaction)
            .Select(row => (FactoryClock.ParseDate(row.Date), ModelCode.Parse(row.Model), new SerialRange(row.First, row.Count)));
}
