using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>How many units of a day and model are in one state at one line; the table is kept by the database with every change of a unit.</summary>
/// <param name="Date">The day of the plan.</param>
/// <param name="Model">The model.</param>
/// <param name="Line">The line that has them, or the only one that may have them; empty where any may.</param>
/// <param name="State">Their state.</param>
/// <param name="Units">How many.</param>
internal sealed record UnitCount(DateOnly Date, string Model, string Line, UnitState State, int Units)
{
    private const string Columns = "plan_date, model, line, state, units";

    /// <summary>Those of the days from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static IReadOnlyList<UnitCount> ReadDays(DbConnection connection, DbTransaction? transaction, DateOnly first, DateOnly last) => Read(
        connection,
        transaction,
        $"SELECT {Columns} FROM unit_count WHERE plan_date BETWEEN @first AND @last AND units > 0",
        new { first = FactoryClock.Stored(first), last = FactoryClock.Stored(last) });

    /// <summary>Those in one state, of all days.</summary>
    public static IReadOnlyList<UnitCount> ReadState(DbConnection connection, UnitState state) =>
        Read(connection, null, $"SELECT {Columns} FROM unit_count WHERE state = @state AND units > 0", new { state = state.ToString() });

    private static List<UnitCount> Read(DbConnection connection, DbTransaction? transaction, string sql, object parameters) =>
        connection.Query<(string Date, string Model, string Line, string State, long Units)>(sql, parameters, transaction)
            .Select(row => new UnitCount(FactoryClock.ParseDate(row.Date), row.Model, row.Line, Enum.Parse<UnitState>(row.State), (int)row.Units))
            .ToList();
}
