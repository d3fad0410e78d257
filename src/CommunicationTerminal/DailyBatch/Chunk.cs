using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// One request of a batch: consecutive serials of one model, so that a model which the CA refuses does not hold up the others. Stored with its id before it is sent;
/// after a kill the same id is sent again and the CA answers with the same packs.
/// </summary>
internal sealed record Chunk(RequestId RequestId, ModelCode Model, SerialRange Serials)
{
    /// <summary>An answer that lacks packs is asked for again so often, before what it lacks is taken for revoked at the CA.</summary>
    private const int TriesBeforeOrderedAnew = 2;

    /// <summary>All packs are still to be stored.</summary>
    public const string Open = nameof(Open);

    /// <summary>All packs are stored.</summary>
    public const string Stored = nameof(Stored);

    private const string Columns = """
        request_id AS "Id", model AS "Model", first_serial AS "First", unit_count AS "Count", sent_at AS "SentAt", attempts AS "Attempts"
        """;

    /// <summary>Whether it may be known to the CA. One that was never sent can still be cut.</summary>
    public bool WasSent { get; init; }

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether units whose packs the CA still leaves out are ordered by new requests.</summary>
    public bool OrdersAnew => Attempts >= TriesBeforeOrderedAnew;

    /// <summary>The machine number at <paramref name="position"/> from 0.</summary>
    public MachineNumber this[int position] => new(Model, Serials.First + position);

    /// <summary>The position of a machine number from 0, or null where it is none of this request.</summary>
    public int? FindPosition(MachineNumber? number) =>
        number is { } one && one.Model == Model && Serials.Contains(one.Serial) ? one.Serial - Serials.First : null;

    /// <summary>Stores the requests for <paramref name="serials"/>, <paramref name="size"/> units each; <paramref name="why"/>, where it is not the first time.</summary>
    public static void InsertAll(DbConnection connection, DbTransaction transaction, DateOnly date, ModelCode model, SerialRange serials, int size, string? why = null)
    {
        for (var first = serials.First; first <= serials.Last; first += size)
        {
            connection.Execute(
                "INSERT INTO chunk (request_id, plan_date, model, first_serial, unit_count, state, last_error) VALUES (@id, @date, @model, @first, @count, @Open, @why)",
                new { id = RequestId.New().ToString(), date = FactoryClock.Stored(date), model = model.ToString(), first, count = Math.Min(size, serials.Last - first + 1), Open, why },
                transaction);
        }
    }

    /// <summary>
    /// The requests whose packs are not all here and whose time has come: those that failed least first, then the oldest day. One for numbers whose earlier certificates the CA is still to
    /// end waits for that.
    /// </summary>
    public static IReadOnlyList<Chunk> ReadDue(Database database, Retries retries) => database.Read(connection =>
    {
        var due = Select(connection, null, $"{Retries.IsDue} ORDER BY attempts, plan_date, model, first_serial", retries.Limits);
        if (due.TrueForAll(chunk => chunk.WasSent))
            return due;
        var owed = connection.Query<string>("SELECT machine_number FROM certificate_return").Select(MachineNumber.Parse).ToLookup(number => number.Model, number => number.Serial);
        return due.FindAll(chunk => chunk.WasSent || !owed[chunk.Model].Any(chunk.Serials.Contains));
    });

    /// <summary>The open requests of a model.</summary>
    public static IReadOnlyList<Chunk> ReadOpen(DbConnection connection, DbTransaction transaction, ModelCode model) =>
        Select(connection, transaction, "model = @model ORDER BY first_serial", new { model = model.ToString() });

    /// <summary>The request of this id, null where there is none.</summary>
    public static Chunk? Find(DbConnection connection, DbTransaction transaction, RequestId requestId) => connection
        .Query<Row>($"SELECT {Columns} FROM chunk WHERE request_id = @id", new { id = requestId.ToString() }, transaction)
        .Select(row => row.ToChunk())
        .SingleOrDefault();

    /// <summary>Stores requests with new ids, for those units of it that still <paramref name="wait"/>, in the place of this one.</summary>
    public void Replace(DbConnection connection, DbTransaction transaction, IEnumerable<SerialRange> wait, string? why)
    {
        var id = RequestId.ToString();
        var date = FactoryClock.ParseDate(connection.QuerySingle<string>("SELECT plan_date FROM chunk WHERE request_id = @id", new { id }, transaction));
        connection.Execute("DELETE FROM chunk WHERE request_id = @id", new { id }, transaction);
        foreach (var serials in wait)
            InsertAll(connection, transaction, date, Model, serials, serials.Count, why);
    }

    /// <summary>Stores a request with a new id in the place of this one, whose only certificate the CA has ended before it came; nothing where the unit does not wait any more.</summary>
    public Task OrderAnewAsync(Database database, string why, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            if (Find(connection, transaction, RequestId) is not null && Unit.Find(connection, transaction, this[0]) is { State: UnitState.Planned })
                Replace(connection, transaction, [Serials], why);
        },
        cancellationToken);

    /// <summary>Notes that it is about to be sent.</summary>
    /// <returns>False where it is not to be sent any more, because the plan was corrected meanwhile.</returns>
    public Task<bool> MarkSentAsync(Database database, string now, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE chunk SET sent_at = COALESCE(sent_at, @now), attempts = attempts + 1 WHERE request_id = @id AND state = @Open",
            new { id = RequestId.ToString(), now, Open },
            transaction) == 1,
        cancellationToken);

    /// <summary>Notes that so many more packs are stored.</summary>
    public void AddStored(DbConnection connection, DbTransaction transaction, int count) =>
        connection.Execute("UPDATE chunk SET stored_count = stored_count + @count WHERE request_id = @id", new { id = RequestId.ToString(), count }, transaction);

    /// <summary>Notes that all packs are stored.</summary>
    public void MarkStored(DbConnection connection, DbTransaction transaction)
    {
        var rows = connection.Execute(
            "UPDATE chunk SET state = @Stored, last_error = NULL, error_code = NULL, next_try_at = NULL WHERE request_id = @id AND state = @Open",
            new { id = RequestId.ToString(), Stored, Open },
            transaction);
        if (rows != 1)
            throw new ProvisioningException(ErrorCode.Conflict, $"Request {RequestId} is not open any more.");
    }

    /// <summary>Notes why the request failed and when it is sent again; it stays open.</summary>
    public Task MarkFailedAsync(Database database, Retry retry, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            $"UPDATE chunk SET {Retry.Columns} WHERE request_id = @Id AND state = 'Open'",
            retry.For(RequestId),
            transaction),
        cancellationToken);

    private static List<Chunk> Select(DbConnection connection, DbTransaction? transaction, string andWhere, object? parameters) => connection
        .Query<Row>($"SELECT {Columns} FROM chunk WHERE state = 'Open' AND {andWhere}", parameters, transaction)
        .Select(row => row.ToChunk())
        .ToList();

    private sealed record Row(string Id, string Model, long First, long Count, string? SentAt, long Attempts)
    {
        public Chunk ToChunk() => new(RequestId.Parse(Id), ModelCode.Parse(Model), new SerialRange((int)First, (int)Count)) { WasSent = SentAt is not null, Attempts = (int)Attempts };
    }
}
