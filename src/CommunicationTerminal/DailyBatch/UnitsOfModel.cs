using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>One unit as the plan sees it.</summary>
/// <param name="Serial">Its serial.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Date">The day that it belongs to.</param>
/// <param name="IsFree">Whether no line has had it and none of its own requests was made: it can be moved or taken back.</param>
internal sealed record StockUnit(int Serial, UnitState State, DateOnly Date, bool IsFree);

/// <summary>
/// What the plan does with units of one model, inside one transaction: numbers them, moves them to another day, takes them back. Whole runs of serials at a time, because a correction may
/// concern ten thousand. What a line has had is never touched.
/// </summary>
internal sealed class UnitsOfModel(DbConnection connection, DbTransaction transaction, ModelCode model, string now)
{
    private const string Free = "line IS NULL AND ca_request_id IS NULL AND attempt = 1";

    private const string Columns = "machine_number, state, plan_date, line, ca_request_id, attempt";

    public DbConnection Connection => connection;

    public DbTransaction Transaction => transaction;

    /// <summary>The units of a day; those that were withdrawn or purged are none of it.</summary>
    public IReadOnlyList<StockUnit> ReadDay(DateOnly date) =>
        Read("plan_date = @date AND model = @model AND state NOT IN ('Withdrawn', 'Purged')", new { date = FactoryClock.Stored(date), model = model.ToString() });

    /// <summary>Whatever bears a serial of <paramref name="serials"/>.</summary>
    public IReadOnlyList<StockUnit> ReadRange(SerialRange serials) =>
        Read("machine_number BETWEEN @first AND @last", new { first = NameOf(serials.First), last = NameOf(serials.Last) });

    /// <summary>At most <paramref name="count"/> packs in stock whose day is <paramref name="until"/> or earlier, the oldest first.</summary>
    public IReadOnlyList<StockUnit> ReadLeftOvers(DateOnly until, int count) => Read(
            "model = @model AND plan_date <= @until AND state = 'Stored' AND line IS NULL",
            new { model = model.ToString(), until = FactoryClock.Stored(until) })
        .Where(unit => unit.IsFree)
        .OrderBy(unit => unit.Date)
        .ThenBy(unit => unit.Serial)
        .Take(count)
        .ToList();

    /// <summary>The serials that were ever counted out.</summary>
    public IReadOnlyList<SerialRange> ReadAllocations() =>
        connection.Query<(int First, int Count)>("SELECT first_serial, unit_count FROM allocation WHERE model = @model", new { model = model.ToString() }, transaction)
            .Select(row => new SerialRange(row.First, row.Count))
            .ToList();

    /// <summary>Makes units with new serials for the day of <paramref name="row"/>, and the requests for their packs, unless each is asked for <paramref name="atScan"/>.</summary>
    public void Allocate(PlanRow row, IEnumerable<SerialRange> ranges, bool atScan, int chunkSize)
    {
        foreach (var serials in ranges)
        {
            connection.Execute(
                "INSERT INTO allocation (plan_date, model, first_serial, unit_count, allocated_at) VALUES (@date, @model, @First, @Count, @now)",
                new { date = FactoryClock.Stored(row.Date), model = model.ToString(), serials.First, serials.Count, now },
                transaction);
            Insert(row, serials, atScan);
            Say(UnitEvent.Planned, serials, $"plan of {row.Date:yyyy-MM-dd}");
            if (!atScan)
                Chunk.InsertAll(connection, transaction, row.Date, model, serials, chunkSize);
        }
    }

    /// <summary>Takes units back that no line has had: their packs leave the stock, and the CA is owed the end of their certificates.</summary>
    public void Withdraw(IReadOnlyCollection<StockUnit> units, string why)
    {
        foreach (var group in units.GroupBy(unit => unit.State))
        {
            UnitLife.Require(group.Key, UnitState.Withdrawn);
            foreach (var serials in SerialRange.RunsOf(group.Select(unit => unit.Serial)))
            {
                Change(serials, "state = 'Withdrawn', stored_at = NULL", $"state = '{group.Key}' AND {Free}", null);
                Say(UnitEvent.Withdrawn, serials, why);
                if (group.Key == UnitState.Stored)
                {
                    connection.Execute("DELETE FROM certificate WHERE machine_number BETWEEN @first AND @last", Ends(serials), transaction);
                    CertificateReturns.Owe(connection, transaction, new MachineNumber(model, serials.First), new MachineNumber(model, serials.Last), why, now);
                }
                else
                {
                    CancelRequests(serials, why);
                }
            }
        }
    }

    /// <summary>Units go to another day, with their packs.</summary>
    public void Move(IReadOnlyCollection<StockUnit> units, DateOnly date, string? line, string why)
    {
        foreach (var serials in SerialRange.RunsOf(units.Select(unit => unit.Serial)))
        {
            Change(serials, "plan_date = @date, plan_line = @line", $"state IN ('Planned', 'Stored') AND {Free}", new { date = FactoryClock.Stored(date), line });
            Say(UnitEvent.Moved, serials, why);
        }
    }

    /// <summary>Withdrawn units are planned again, under the number that they had.</summary>
    public void Revive(IReadOnlyCollection<int> withdrawn, PlanRow row, bool atScan, int chunkSize)
    {
        UnitLife.Require(UnitState.Withdrawn, UnitState.Planned);
        foreach (var serials in SerialRange.RunsOf(withdrawn))
        {
            Change(
                serials,
                "state = 'Planned', plan_date = @date, plan_line = @line, at_scan = @atScan, attempt = 1, line = NULL, ca_request_id = NULL",
                "state = 'Withdrawn'",
                new { date = FactoryClock.Stored(row.Date), line = row.Line, atScan = atScan ? 1 : 0 });
            Say(UnitEvent.Planned, serials, $"plan of {row.Date:yyyy-MM-dd}, once more");
            var underWay = Chunk.ReadOpen(connection, transaction, model).Where(chunk => chunk.Serials.Overlaps(serials)).ToList();
            foreach (var common in underWay.Select(chunk => chunk.Serials.Common(serials)))
                CertificateReturns.Forgive(connection, transaction, new MachineNumber(model, common.First), new MachineNumber(model, common.Last));
            var asked = Enumerable.Range(serials.First, serials.Count).Where(serial => !underWay.Exists(chunk => chunk.Serials.Contains(serial)));
            if (!atScan)
            {
                foreach (var run in SerialRange.RunsOf(asked))
                    Chunk.InsertAll(connection, transaction, row.Date, model, run, chunkSize);
            }
        }
    }

    /// <summary>The line of the day's units that no line has had.</summary>
    public void SetLine(DateOnly date, string? line) => connection.Execute(
        $"""
        UPDATE unit SET plan_line = @line WHERE plan_date = @date AND model = @model AND state IN ('Planned', 'Stored') AND line IS NULL
            AND (plan_line <> @line OR (plan_line IS NULL AND @line IS NOT NULL) OR (plan_line IS NOT NULL AND @line IS NULL))
        """,
        new { line, date = FactoryClock.Stored(date), model = model.ToString() },
        transaction);

    /// <summary>
    /// Units without a pack: a request that was never sent is cut; one that may be on its way brings packs that nobody wants any more, and the CA is owed their end.
    /// </summary>
    private void CancelRequests(SerialRange serials, string why)
    {
        foreach (var chunk in Chunk.ReadOpen(connection, transaction, model).Where(chunk => chunk.Serials.Overlaps(serials)))
        {
            if (chunk.WasSent)
            {
                var common = chunk.Serials.Common(serials);
                CertificateReturns.Owe(connection, transaction, new MachineNumber(model, common.First), new MachineNumber(model, common.Last), why, now);
            }
            else
            {
                var rest = Enumerable.Range(chunk.Serials.First, chunk.Serials.Count).Where(serial => !serials.Contains(serial));
                chunk.Replace(connection, transaction, SerialRange.RunsOf(rest), null);
            }
        }
    }

    private void Insert(PlanRow row, SerialRange serials, bool atScan)
    {
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText =
            "INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt) VALUES (@number, @model, @date, @line, @atScan, 'Planned', 1)";
        var number = insert.AddParameter("@number");
        insert.AddParameter("@model", model.ToString());
        insert.AddParameter("@date", FactoryClock.Stored(row.Date));
        insert.AddParameter("@line", row.Line);
        insert.AddParameter("@atScan", atScan ? 1 : 0);
        insert.Prepare();
        for (var serial = serials.First; serial <= serials.Last; serial++)
        {
            number.Value = NameOf(serial);
            insert.ExecuteNonQuery();
        }
    }

    private void Change(SerialRange serials, string set, string expected, object? values)
    {
        var parameters = new DynamicParameters(values);
        parameters.AddDynamicParams(Ends(serials));
        var changed = connection.Execute($"UPDATE unit SET {set} WHERE machine_number BETWEEN @first AND @last AND {expected}", parameters, transaction);
        if (changed != serials.Count)
            throw new ProvisioningException(ErrorCode.Conflict, $"Of units {serials} of model {model} {changed} could be changed. Nothing was changed; it is tried again.");
    }

    private void Say(UnitEvent what, SerialRange serials, string detail) =>
        UnitEvents.AddForRange(connection, transaction, what, new MachineNumber(model, serials.First), new MachineNumber(model, serials.Last), now, detail);

    private List<StockUnit> Read(string where, object parameters) =>
        connection.Query<(string Number, string State, string Date, string? Line, string? Request, long Attempt)>($"SELECT {Columns} FROM unit WHERE {where} ORDER BY machine_number", parameters, transaction)
            .Select(row => new StockUnit(
                MachineNumber.Parse(row.Number).Serial,
                Enum.Parse<UnitState>(row.State),
                FactoryClock.ParseDate(row.Date),
                row.State is nameof(UnitState.Planned) or nameof(UnitState.Stored) && row.Line is null && row.Request is null && row.Attempt == 1))
            .ToList();

    private object Ends(SerialRange serials) => new { first = NameOf(serials.First), last = NameOf(serials.Last) };

    private string NameOf(int serial) => new MachineNumber(model, serial).ToString();
}
