using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>Puts a plan and units into a terminal's tables, as pull, batch and stations would have left them.</summary>
internal sealed class PlannedFloor(Database database, FactoryClock clock)
{
    private int _next = 100_001;

    public static PlannedFloor Of(RunningPages pages) => new(pages.Get<Database>(), pages.Get<FactoryClock>());

    public Task PlanAsync(string model, int count, string? line = null, int daysAgo = 0) => database.WriteAsync(
        (connection, transaction) =>
        {
            var date = FactoryClock.Stored(clock.Today.AddDays(-daysAgo));
            var row = new { date, month = date[..7], model, count, line, now = clock.StoredNow };
            connection.Execute("INSERT INTO plan_month (month, pulled_at) SELECT @month, @now WHERE NOT EXISTS (SELECT 1 FROM plan_month WHERE month = @month)", row, transaction);
            connection.Execute("INSERT INTO batch_day (plan_date, allocated_at) SELECT @date, @now WHERE NOT EXISTS (SELECT 1 FROM batch_day WHERE plan_date = @date)", row, transaction);
            connection.Execute("INSERT INTO plan_row (plan_date, model, month, unit_count, line) VALUES (@date, @model, @month, @count, @line)", row, transaction);
        },
        default);

    /// <summary>Units in a state, with the times that it needs; of the earlier states of the way they have had each.</summary>
    public Task UnitsAsync(string model, int count, UnitState state, string? line = null, string? planLine = null, int daysAgo = 0, DateTimeOffset? doneAt = null) => database.WriteAsync(
        (connection, transaction) =>
        {
            var done = FactoryClock.Stored(doneAt ?? clock.UtcNow);
            for (var i = 0; i < count; i++)
            {
                connection.Execute(
                    """
                    INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt, line, stored_at, written_at, proved_at)
                    VALUES (@number, @model, @date, @planLine, 0, @state, 1, @line, @now, @written, @proved)
                    """,
                    new
                    {
                        number = $"{model}-{_next++}",
                        model,
                        date = FactoryClock.Stored(clock.Today.AddDays(-daysAgo)),
                        planLine,
                        state = state.ToString(),
                        line,
                        now = clock.StoredNow,
                        written = state is UnitState.Written or UnitState.Proved ? done : null,
                        proved = state == UnitState.Proved ? done : null,
                    },
                    transaction);
            }
        },
        default);

    /// <summary>One unit in <paramref name="from"/> goes to <paramref name="to"/>.</summary>
    public Task MoveOneAsync(UnitState from, UnitState to) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            """
            UPDATE unit SET state = @to, written_at = @now, proved_at = CASE WHEN @to = 'Proved' THEN @now ELSE NULL END
            WHERE machine_number = (SELECT MIN(machine_number) FROM unit WHERE state = @from)
            """,
            new { from = from.ToString(), to = to.ToString(), now = clock.StoredNow },
            transaction),
        default);
}
