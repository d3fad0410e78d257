using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Purging;

/// <summary>What would be deleted of a model that ended (P-22), the orders to do it, and their receipts, which are never deleted.</summary>
internal sealed class PurgeOrders(Database database, AuditTrail audit, FactoryClock clock)
{
    /// <summary>An order that is being carried out.</summary>
    public const string Open = nameof(Open);

    /// <summary>An order that is carried out: a receipt.</summary>
    public const string Done = nameof(Done);

    private const int Listed = 200;

    private const string Columns = """
        purge_id AS "Id", model AS "Model", state AS "State", ordered_by AS "OrderedBy", ordered_at AS "OrderedAt", expected_count AS "Expected", deleted_count AS "Deleted",
        finished_at AS "FinishedAt", certificates_sha256 AS "Sha256"
        """;

    private sealed record Row(string Id, string Model, string State, string OrderedBy, string OrderedAt, long Expected, long Deleted, string? FinishedAt, string? Sha256)
    {
        public PurgeReceipt ToReceipt() => new(
            Guid.Parse(Id),
            Model,
            State == Done,
            OrderedBy,
            FactoryClock.Parse(OrderedAt),
            (int)Expected,
            (int)Deleted,
            FinishedAt is null ? null : FactoryClock.Parse(FinishedAt),
            Sha256);
    }

    /// <summary>What a purge of <paramref name="model"/> would delete now.</summary>
    public PurgePreview Preview(ModelCode model) => database.Read(connection => Preview(connection, null, model));

    /// <summary>Stores the order and, in the same transaction, that it was given. An open order of the model is gone on with.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where there is nothing to be deleted, the count is another one, or the model is still planned.</exception>
    public Task<Guid> OrderAsync(ModelCode model, int expected, bool evenIfPlanned, string actor, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            if (connection.QueryFirstOrDefault<string>("SELECT purge_id FROM purge WHERE model = @model AND state = @Open", new { model = model.ToString(), Open }, transaction) is { } open)
                return Guid.Parse(open);
            var preview = Preview(connection, transaction, model);
            if (preview.PlannedUntil is { } planned && !evenIfPlanned)
                throw new ProvisioningException(ErrorCode.Conflict, $"Model {model} is planned until {planned:yyyy-MM-dd}: its units would have no certificates. Correct the plan first, or say that it is meant so.");
            if (preview.Unused == 0)
                throw new ProvisioningException(ErrorCode.Conflict, $"There is no unused certificate of {model}.");
            if (preview.Unused != expected)
                throw new ProvisioningException(ErrorCode.Conflict, $"There are {preview.Unused} unused certificates of {model}, not {expected}. Look again before you delete them.");
            var id = Guid.NewGuid();
            connection.Execute(
                """
                INSERT INTO purge (purge_id, model, state, ordered_by, ordered_at, expected_count, deleted_count)
                VALUES (@id, @model, @Open, @actor, @now, @expected, 0)
                """,
                new { id = id.ToString(), model = model.ToString(), Open, actor, now = clock.StoredNow, expected },
                transaction);
            audit.Append(connection, transaction, actor, "PurgeOrdered", model.ToString(), detail: $"{expected} unused certificates; purge {id}{(preview.PlannedUntil is { } until ? $"; still planned until {until:yyyy-MM-dd}" : string.Empty)}");
            return id;
        },
        cancellationToken);

    /// <summary>The receipts, latest first.</summary>
    public IReadOnlyList<PurgeReceipt> List() => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM purge ORDER BY ordered_at DESC, purge_id", buffered: false).Take(Listed).Select(row => row.ToReceipt()).ToList());

    /// <summary>One receipt.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public PurgeReceipt Get(Guid id) => database.Read(connection => connection.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM purge WHERE purge_id = @id", new { id = id.ToString() }))?.ToReceipt()
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no purge {id}.");

    /// <summary>The orders that are not carried out to their end.</summary>
    public IReadOnlyList<PurgeReceipt> ReadOpen() => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM purge WHERE state = @Open ORDER BY ordered_at", new { Open }).Select(row => row.ToReceipt()).ToList());

    private PurgePreview Preview(DbConnection connection, DbTransaction? transaction, ModelCode model)
    {
        var range = UnitsOf(model);
        int Count(string where) => connection.ExecuteScalar<int>($"SELECT COUNT(*) FROM unit WHERE machine_number BETWEEN @First AND @Last AND {where}", range, transaction);
        var planned = connection.ExecuteScalar<string>(
            "SELECT MAX(plan_date) FROM plan_row WHERE model = @model AND plan_date >= @today AND unit_count > 0",
            new { model = model.ToString(), today = FactoryClock.Stored(clock.Today) },
            transaction);
        return new PurgePreview(
            model.ToString(),
            Count($"state = '{nameof(UnitState.Stored)}' AND line IS NULL"),
            Count($"state = '{nameof(UnitState.Stored)}' AND line IS NOT NULL"),
            Count($"state IN ('{nameof(UnitState.ReissuePending)}', '{nameof(UnitState.Blocked)}')"),
            planned is null ? null : FactoryClock.ParseDate(planned));
    }

    /// <summary>The first and the last machine number that a model can have.</summary>
    internal static (string First, string Last) RangeOf(ModelCode model) => (new MachineNumber(model, 0).ToString(), new MachineNumber(model, MachineNumber.MaxSerial).ToString());

    private static object UnitsOf(ModelCode model)
    {
        var (first, last) = RangeOf(model);
        return new { First = first, Last = last };
    }
}
