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
/// earlier run was killed after storing them, are left out; so the whole answer can come again at any time.
/// </summary>
/// <remarks>Works on the thread that reads the answer, and blocks it: two requests under way keep two cores busy without any hand-over between threads.</remarks>
internal sealed class ChunkIntake(Chunk chunk, Database database, PackCheck check, FactoryClock clock, CancellationToken cancellationToken)
{
    private const int SliceSize = 250;

    private readonly List<CheckedPack> _slice = new(SliceSize);
    private int _received;

    /// <summary>Takes the next pack.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public void Receive(CertificatePack pack)
    {
        if (_received == chunk.Serials.Count)
        {
            pack.ClearPrivateKey();
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA sent more packs than the {chunk.Serials.Count} of request {chunk.RequestId}.");
        }

        var packCheck = check.CheckAsync(pack, chunk[_received], cancellationToken);
        _slice.Add(packCheck.IsCompletedSuccessfully ? packCheck.Result : packCheck.GetAwaiter().GetResult());
        _received++;
        if (_slice.Count == SliceSize && _received < chunk.Serials.Count)
            StoreSlice(static (_, _) => { });
    }

    /// <summary>Stores the rest and, in the same transaction, that the request is complete and owed to the CA.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/> where packs are missing.</exception>
    public void Complete()
    {
        if (_received != chunk.Serials.Count)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA sent {_received} packs for the {chunk.Serials.Count} of request {chunk.RequestId}.");
        StoreSlice((connection, transaction) =>
        {
            chunk.MarkStored(connection, transaction);
            UnitEvents.AddStored(connection, transaction, chunk[0], chunk[_received - 1]);
            Acknowledgements.Owe(connection, transaction, chunk.RequestId, clock.StoredNow);
        });
    }

    private void StoreSlice(Action<DbConnection, DbTransaction> andThen)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforePacksStored);
        database.WriteAsync(
            (connection, transaction) =>
            {
                Store(connection, transaction);
                andThen(connection, transaction);
            },
            cancellationToken).GetAwaiter().GetResult();
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterPacksStored);
        _slice.Clear();
    }

    private void Store(DbConnection connection, DbTransaction transaction)
    {
        var position = _received - _slice.Count;
        var range = new
        {
            first = chunk[position].ToString(),
            last = chunk[_received - 1].ToString(),
            planned = nameof(UnitState.Planned),
            stored = nameof(UnitState.Stored),
            now = clock.StoredNow,
        };
        var waiting = connection
            .Query<string>("SELECT machine_number FROM unit WHERE machine_number BETWEEN @first AND @last AND state = @planned", range, transaction)
            .ToHashSet(StringComparer.Ordinal);
        if (waiting.Count == 0)
            return;

        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = """
            INSERT INTO certificate (machine_number, attempt, chain_id, fingerprint, certificate, wrapped_key, stored_at)
            VALUES (@number, 1, @chain, @fingerprint, @certificate, @key, @now)
            """;
        var number = insert.AddParameter("@number");
        var chain = insert.AddParameter("@chain");
        var fingerprint = insert.AddParameter("@fingerprint");
        var certificate = insert.AddParameter("@certificate");
        var key = insert.AddParameter("@key");
        insert.AddParameter("@now", range.now);
        insert.Prepare();
        foreach (var pack in _slice)
        {
            var name = chunk[position++].ToString();
            if (!waiting.Contains(name))
                continue;
            number.Value = name;
            chain.Value = pack.ChainId;
            fingerprint.Value = pack.Fingerprint.ToString();
            certificate.Value = pack.Certificate;
            key.Value = pack.WrappedKey;
            insert.ExecuteNonQuery();
        }

        var moved = connection.Execute(
            "UPDATE unit SET state = @stored, stored_at = @now WHERE machine_number BETWEEN @first AND @last AND state = @planned",
            range,
            transaction);
        if (moved != waiting.Count)
            throw new ProvisioningException(ErrorCode.Conflict, $"{moved} units of request {chunk.RequestId} moved where {waiting.Count} were waiting.");
    }
}
