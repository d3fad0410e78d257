using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// One request of a batch: consecutive serials of one model, so that a model which the CA refuses does not hold up the others. Stored with its id before it is sent;
/// after a kill the same id is sent again and the CA answers with the same packs.
/// </summary>
internal sealed record Chunk(RequestId RequestId, ModelCode Model, SerialRange Serials)
{
    /// <summary>All packs are still to be stored.</summary>
    public const string Open = nameof(Open);

    /// <summary>All packs are stored.</summary>
    public const string Stored = nameof(Stored);

    /// <summary>The machine number at <paramref name="position"/> from 0.</summary>
    public MachineNumber this[int position] => new(Model, Serials.First + position);

    /// <summary>The position of a machine number from 0, or null where it is none of this request.</summary>
    public int? FindPosition(MachineNumber? number) =>
        number is { } one && one.Model == Model && one.Serial >= Serials.First && one.Serial <= Serials.Last ? one.Serial - Serials.First : null;

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

    /// <summary>The requests whose packs are not all here, oldest day first.</summary>
    public static IReadOnlyList<Chunk> ReadOpen(Database database) => database.Read(connection =>
        connection.Query<(string Id, string Model, int First, int Count)>(
                "SELECT request_id, model, first_serial, unit_count FROM chunk WHERE state = @Open ORDER BY plan_date, model, first_serial",
                new { Open })
            .Select(row => new Chunk(RequestId.Parse(row.Id), ModelCode.Parse(row.Model), new SerialRange(row.First, row.Count)))
            .ToList());

    /// <summary>The request of this id, null where there is none.</summary>
    public static Chunk? Find(DbConnection connection, DbTransaction transaction, RequestId requestId) =>
        connection.Query<(string Model, int First, int Count)>("SELECT model, first_serial, unit_count FROM chunk WHERE request_id = @id", new { id = requestId.ToString() }, transaction)
            .Select(row => new Chunk(requestId, ModelCode.Parse(row.Model), new SerialRange(row.First, row.Count)))
            .SingleOrDefault();

    /// <summary>Stores requests with new ids, for those units of it that still <paramref name="wait"/>, in the place of this one.</summary>
    public void Replace(DbConnection connection, DbTransaction transaction, IEnumerable<SerialRange> wait, string why)
    {
        var id = RequestId.ToString();
        var date = FactoryClock.ParseDate(connection.QuerySingle<string>("SELECT plan_date FROM chunk WHERE request_id = @id", new { id }, transaction));
        connection.Execute("DELETE FROM chunk WHERE request_id = @id", new { id }, transaction);
        foreach (var serials in wait)
            InsertAll(connection, transaction, date, Model, serials, serials.Count, why);
    }

    /// <summary>Notes that all packs are stored.</summary>
    public void MarkStored(DbConnection connection, DbTransaction transaction)
    {
        var rows = connection.Execute(
            "UPDATE chunk SET state = @Stored, last_error = NULL WHERE request_id = @id AND state = @Open",
            new { id = RequestId.ToString(), Stored, Open },
            transaction);
        if (rows != 1)
            throw new ProvisioningException(ErrorCode.Conflict, $"Request {RequestId} is not open any more.");
    }

    /// <summary>Notes why the request failed; it stays open.</summary>
    public Task MarkFailedAsync(Database database, string error, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE chunk SET last_error = @error WHERE request_id = @id AND state = @Open",
            new { id = RequestId.ToString(), error = Printable.Shorten(error, 390), Open },
            transaction),
        cancellationToken);
}
