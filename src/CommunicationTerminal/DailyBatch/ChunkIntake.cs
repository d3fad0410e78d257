using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Takes the packs of one request as they come off the wire: checks each, wraps its key, and stores some hundred in one transaction. Packs of units that moved on, because an
/// earlier run was killed after storing them, are left out here; those of units that were re-issued meanwhile are left out by the CA. So the whole answer can come again at any
/// time, and only a pack that is missing for a unit which still waits for it is an error.
/// </summary>
/// <remarks>Works on the thread that reads the answer, and blocks it: two requests under way keep two cores busy without any hand-over between threads.</remarks>
internal sealed class ChunkIntake(Chunk chunk, Database database, PackCheck check, FactoryClock clock, BatchRate rate, CancellationToken cancellationToken)
{
    private const int SliceSize = 250;

    private readonly List<(string Number, CheckedPack Pack)> _slice = new(SliceSize);
    private int _next;

    /// <summary>Takes the next pack.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public void Receive(CertificatePack pack)
    {
        var position = chunk.FindPosition(pack.MachineNumber);
        if (position is not { } found || found < _next)
        {
            pack.ClearPrivateKey();
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA sent a pack of {pack.MachineNumber?.ToString() ?? "nobody"} where it is none of, or not in the order of, request {chunk.RequestId}.");
        }

        var packCheck = check.CheckAsync(pack, chunk[found], cancellationToken);
        _slice.Add((chunk[found].ToString(), packCheck.IsCompletedSuccessfully ? packCheck.Result : packCheck.GetAwaiter().GetResult()));
        _next = found + 1;
        if (_slice.Count == SliceSize && _next < chunk.Serials.Count)
            StoreSlice(static (_, _) => { });
    }

    /// <summary>
    /// Stores the rest and, in the same transaction, that the request is complete and owed to the CA. Units whose packs the CA leaves out again and again, because an administrator
    /// revoked them before they came, are ordered by new requests.
    /// </summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/> where packs are missing.</exception>
    public void Complete()
    {
        StoreSlice((connection, transaction) =>
        {
            var last = chunk[chunk.Serials.Count - 1];
            var missing = FindWaiting(connection, transaction, chunk[0].ToString(), last.ToString());
            if (missing.Count > 0)
                OrderAnew(connection, transaction, missing);
            else
                chunk.MarkStored(connection, transaction);
            CertificateReturns.OweEnded(connection, transaction, chunk[0], last, clock.StoredNow);
            UnitEvents.AddStored(connection, transaction, chunk[0], last);
            Acknowledgements.Owe(connection, transaction, chunk.RequestId, clock.StoredNow);
        });
    }

    private void OrderAnew(DbConnection connection, DbTransaction transaction, HashSet<string> missing)
    {
        if (!chunk.OrdersAnew)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA sent no pack for {missing.First()} of request {chunk.RequestId}.");
        var why = $"The CA sends no pack for it by request {chunk.RequestId} any more: it was revoked there. It is ordered again.";
        var numbers = missing.Select(MachineNumber.Parse).ToList();
        chunk.Replace(connection, transaction, SerialRange.RunsOf(numbers.Select(number => number.Serial)), why);
        foreach (var number in numbers)
            UnitEvents.Add(connection, transaction, number, 1, UnitEvent.Expired, null, clock.StoredNow, why);
    }

    private void StoreSlice(Action<DbConnection, DbTransaction> andThen)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforePacksStored);
        var stored = database.WriteAsync(
            (connection, transaction) =>
            {
                var moved = Store(connection, transaction);
                andThen(connection, transaction);
                return moved;
            },
            cancellationToken).GetAwaiter().GetResult();
        rate.Add(stored);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterPacksStored);
        _slice.Clear();
    }

    private int Store(DbConnection connection, DbTransaction transaction)
    {
        if (_slice.Count == 0)
            return 0;
        var range = new
        {
            first = _slice[0].Number,
            last = _slice[^1].Number,
            planned = nameof(UnitState.Planned),
            stored = nameof(UnitState.Stored),
            now = clock.StoredNow,
        };
        var waiting = FindWaiting(connection, transaction, range.first, range.last);
        if (waiting.Count == 0)
            return 0;
        var missing = waiting.Except(_slice.Select(pack => pack.Number)).Count();
        if (missing > 0 && !chunk.OrdersAnew)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA left out units between {range.first} and {range.last} of request {chunk.RequestId} that still wait for their packs.");

        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = """
            INSERT INTO certificate (machine_number, attempt, chain_id, fingerprint, certificate, wrapped_key, stored_at, serial_number)
            VALUES (@number, 1, @chain, @fingerprint, @certificate, @key, @now, @serial)
            """;
        var number = insert.AddParameter("@number");
        var chain = insert.AddParameter("@chain");
        var fingerprint = insert.AddParameter("@fingerprint");
        var certificate = insert.AddParameter("@certificate");
        var key = insert.AddParameter("@key");
        var serial = insert.AddParameter("@serial");
        insert.AddParameter("@now", range.now);
        insert.Prepare();
        foreach (var (name, pack) in _slice)
        {
            if (!waiting.Contains(name))
                continue;
            number.Value = name;
            chain.Value = pack.ChainId;
            fingerprint.Value = pack.Fingerprint.ToString();
            certificate.Value = pack.Certificate;
            key.Value = pack.WrappedKey;
            serial.Value = pack.SerialNumber;
            insert.ExecuteNonQuery();
        }

        var moved = connection.Execute(
            "UPDATE unit SET state = @stored, stored_at = @now WHERE machine_number BETWEEN @first AND @last AND state = @planned"
                + (missing > 0 ? " AND EXISTS (SELECT 1 FROM certificate c WHERE c.machine_number = unit.machine_number AND c.attempt = unit.attempt)" : string.Empty),
            range,
            transaction);
        if (moved != waiting.Count - missing)
            throw new ProvisioningException(ErrorCode.Conflict, $"{moved} units of request {chunk.RequestId} moved where {waiting.Count - missing} were waiting.");
        chunk.AddStored(connection, transaction, moved);
        return moved;
    }

    private static HashSet<string> FindWaiting(DbConnection connection, DbTransaction transaction, string first, string last) => connection
        .Query<string>(
            "SELECT machine_number FROM unit WHERE machine_number BETWEEN @first AND @last AND state = @planned",
            new { first, last, planned = nameof(UnitState.Planned) },
            transaction)
        .ToHashSet(StringComparer.Ordinal);
}
