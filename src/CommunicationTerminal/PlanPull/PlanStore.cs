using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The production plan as it holds now, month by month.</summary>
internal sealed class PlanStore(Database database, FactoryClock clock)
{
    /// <summary>When the source last answered for <paramref name="month"/>, in the factory's time; null where it never did.</summary>
    public DateTime? FindPulledAt(PlanMonth month)
    {
        var answered = database.Read(connection => new[] { FindPulledAt(connection, null, month), PullHistory.FindAnsweredAt(connection, month) });
        return answered.Max(StringComparer.Ordinal) is { } stored ? clock.LocalOf(stored) : null;
    }

    /// <summary>When the plan of <paramref name="month"/> was last found to hold, as stored; null where there is none.</summary>
    public static string? FindPulledAt(DbConnection connection, DbTransaction? transaction, PlanMonth month) =>
        connection.QuerySingleOrDefault<string>("SELECT pulled_at FROM plan_month WHERE month = @month", new { month = month.ToString() }, transaction);

    /// <summary>Puts rows in the place of the month's earlier ones.</summary>
    public static void Replace(DbConnection connection, DbTransaction transaction, PlanMonth planMonth, IEnumerable<PlanRow> rows)
    {
        var month = planMonth.ToString();
        connection.Execute("DELETE FROM plan_row WHERE month = @month", new { month }, transaction);
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = "INSERT INTO plan_row (plan_date, model, month, unit_count, first_serial, line) VALUES (@date, @model, @month, @count, @first, @line)";
        insert.AddParameter("@month", month);
        var (date, model, count, first, line) = (insert.AddParameter("@date"), insert.AddParameter("@model"), insert.AddParameter("@count"), insert.AddParameter("@first"), insert.AddParameter("@line"));
        foreach (var row in rows)
        {
            (date.Value, model.Value, count.Value) = (FactoryClock.Stored(row.Date), row.Model.ToString(), row.Count);
            (first.Value, line.Value) = ((object?)row.FirstSerial ?? DBNull.Value, (object?)row.Line ?? DBNull.Value);
            insert.ExecuteNonQuery();
        }
    }

    /// <summary>Notes that the plan of a month holds as of now.</summary>
    public static void MarkPulled(DbConnection connection, DbTransaction transaction, PlanMonth planMonth, string now)
    {
        var month = planMonth.ToString();
        if (connection.Execute("UPDATE plan_month SET pulled_at = @now WHERE month = @month", new { month, now }, transaction) == 0)
            connection.Execute("INSERT INTO plan_month (month, pulled_at) VALUES (@month, @now)", new { month, now }, transaction);
    }

    /// <summary>The plan's rows of a month, by day and model.</summary>
    public static IReadOnlyList<PlanRow> ReadMonth(DbConnection connection, DbTransaction? transaction, PlanMonth month) =>
        connection.Query<(string Date, string Model, int Count, int? FirstSerial, string? Line)>(
                "SELECT plan_date, model, unit_count, first_serial, line FROM plan_row WHERE month = @month ORDER BY plan_date, model",
                new { month = month.ToString() },
                transaction)
            .Select(row => new PlanRow(FactoryClock.ParseDate(row.Date), ModelCode.Parse(row.Model), row.Count, row.FirstSerial, row.Line))
            .ToList();

    /// <summary>The plan's rows of one day; null where the day's month has no plan.</summary>
    public static IReadOnlyList<PlanRow>? FindDay(DbConnection connection, DbTransaction transaction, DateOnly date)
    {
        if (FindPulledAt(connection, transaction, PlanMonth.Of(date)) is null)
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

    /// <summary>The serials that units have, by the day they were given for.</summary>
    public static IEnumerable<(DateOnly, ModelCode, SerialRange)> ReadAllocations(DbConnection connection, DbTransaction? transaction) =>
        connection.Query<(string Date, string Model, int First, int Count)>("SELECT plan_date, model, first_serial, unit_count FROM allocation", transaction: transaction)
            .Select(row => (FactoryClock.ParseDate(row.Date), ModelCode.Parse(row.Model), new SerialRange(row.First, row.Count)));
}
