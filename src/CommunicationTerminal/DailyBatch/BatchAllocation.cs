using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Gives a day's units their serials: by the plan's <c>firstSerial</c>, else counted per model, never one twice. Serials, units and the requests for them are stored in one
/// transaction per day, before anything is sent. Days that were missed are caught up, back to the terminal's first start.
/// </summary>
internal sealed class BatchAllocation(Database database, DailyBatchOptions options, ManagedModels managed, FactoryClock clock)
{
    private const string FirstStart = "first-start";

    /// <summary>Allocates every day that is due and has a plan. One model that can't be allocated does not keep the others from it.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> after everything else was allocated.</exception>
    public async Task AllocateDueAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var day in await FindDueDaysAsync(cancellationToken))
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeAllocation);
            problems.AddRange(await database.WriteAsync((connection, transaction) => AllocateDay(connection, transaction, day), cancellationToken));
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterAllocation);
        }

        if (problems.Count > 0)
            throw new ProvisioningException(ErrorCode.InvalidPlan, string.Join(" ", problems));
    }

    private async Task<IReadOnlyList<DateOnly>> FindDueDaysAsync(CancellationToken cancellationToken)
    {
        var now = clock.Local;
        var today = DateOnly.FromDateTime(now);
        var last = now.TimeOfDay >= options.TimeOfDay ? today : today.AddDays(-1);
        var first = await GetFirstStartAsync(today, cancellationToken);
        var done = database.Read(connection =>
            connection.Query<string>("SELECT plan_date FROM batch_day WHERE plan_date >= @first", new { first = FactoryClock.Stored(first) }).ToHashSet(StringComparer.Ordinal));
        return Enumerable.Range(0, Math.Max(0, last.DayNumber - first.DayNumber + 1))
            .Select(first.AddDays)
            .Where(day => !done.Contains(FactoryClock.Stored(day)))
            .ToList();
    }

    private async Task<DateOnly> GetFirstStartAsync(DateOnly today, CancellationToken cancellationToken)
    {
        const string Find = "SELECT value FROM terminal_fact WHERE name = @FirstStart";
        if (database.Read(connection => connection.QuerySingleOrDefault<string>(Find, new { FirstStart })) is { } stored)
            return FactoryClock.ParseDate(stored);
        await database.WriteAsync(
            (connection, transaction) => connection.Execute(
                "INSERT INTO terminal_fact (name, value) VALUES (@FirstStart, @today)",
                new { FirstStart, today = FactoryClock.Stored(today) },
                transaction),
            cancellationToken);
        return today;
    }

    private List<string> AllocateDay(DbConnection connection, DbTransaction transaction, DateOnly date)
    {
        var problems = new List<string>();
        if (PlanStore.FindDay(connection, transaction, date) is not { } rows)
            return problems; // no plan yet: the day stays due
        var now = clock.StoredNow;
        foreach (var row in rows.Where(row => row.Count > 0 && managed.Contains(row.Model)))
        {
            var earlier = ReadAllocations(connection, transaction, row.Model);
            if (earlier.Any(allocation => allocation.Date == date))
                continue;
            if (Choose(connection, transaction, row, earlier.Select(allocation => allocation.Serials)) is not { } serials)
            {
                problems.Add($"Model {row.Model} has no {row.Count} free serials for {date:yyyy-MM-dd}.");
                continue;
            }

            connection.Execute(
                "INSERT INTO allocation (plan_date, model, first_serial, unit_count, allocated_at) VALUES (@date, @model, @First, @Count, @now)",
                new { date = FactoryClock.Stored(date), model = row.Model.ToString(), serials.First, serials.Count, now },
                transaction);
            InsertUnits(connection, transaction, row, serials, now);
            if (!options.Direct)
                Chunk.InsertAll(connection, transaction, date, row.Model, serials, options.ChunkSize);
        }

        if (problems.Count == 0)
            connection.Execute("INSERT INTO batch_day (plan_date, allocated_at) VALUES (@date, @now)", new { date = FactoryClock.Stored(date), now }, transaction);
        return problems;
    }

    private SerialRange? Choose(DbConnection connection, DbTransaction transaction, PlanRow row, IEnumerable<SerialRange> taken)
    {
        if (row.GivenRange is { } given)
            return taken.Any(given.Overlaps) ? null : given;
        return SerialRange.FirstFree(managed.FirstSerialOf(row.Model), row.Count, taken.Concat(PlanStore.ReadGivenRanges(connection, transaction, row.Model)));
    }

    private static List<(DateOnly Date, SerialRange Serials)> ReadAllocations(DbConnection connection, DbTransaction transaction, ModelCode model) =>
        connection.Query<(string Date, int First, int Count)>(
                "SELECT plan_date, first_serial, unit_count FROM allocation WHERE model = @model",
                new { model = model.ToString() },
                transaction)
            .Select(row => (FactoryClock.ParseDate(row.Date), new SerialRange(row.First, row.Count)))
            .ToList();

    private void InsertUnits(DbConnection connection, DbTransaction transaction, PlanRow row, SerialRange serials, string now)
    {
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText =
            "INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt) VALUES (@number, @model, @date, @line, @atScan, @planned, 1)";
        var number = insert.AddParameter("@number");
        insert.AddParameter("@model", row.Model.ToString());
        insert.AddParameter("@date", FactoryClock.Stored(row.Date));
        insert.AddParameter("@line", row.Line);
        insert.AddParameter("@atScan", options.Direct ? 1 : 0);
        insert.AddParameter("@planned", nameof(UnitState.Planned));
        insert.Prepare();
        for (var serial = serials.First; serial <= serials.Last; serial++)
        {
            number.Value = new MachineNumber(row.Model, serial).ToString();
            insert.ExecuteNonQuery();
        }

        UnitEvents.AddForRange(
            connection,
            transaction,
            UnitEvent.Planned,
            new MachineNumber(row.Model, serials.First),
            new MachineNumber(row.Model, serials.Last),
            now,
            $"plan of {row.Date:yyyy-MM-dd}");
    }
}
