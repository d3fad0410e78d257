using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Operation.Integrity;

/// <summary>
/// What is looked at before the service listens, in time that does not grow with the store: the audit trail from its last checkpoint on, whether ledger and database tell the same story
/// (a database that was put back does not know what the ledger knows), and the clock.
/// </summary>
internal sealed class StartCheck(Database database, AuditReader reader, CheckpointBook checkpoints, IssuedLedger ledger, SigningGate gate, ClockGuard clock, TlsIdentity identity, TimeProvider time) : IHostedService
{
    private const int PageSize = 1000;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            CheckTrail();
            CheckLedger();
            CheckClock();
        }
        catch (DbException cause) when (StorageErrors.IsDamage(cause))
        {
            gate.Stop(DatabaseDamage.Sentence(cause.Message), DatabaseDamage.Key);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void CheckTrail()
    {
        var signed = checkpoints.FindLast();
        var outside = LedgerReader.FindLastCheckpoint(ledger.Path);
        var chain = new AuditChain(Before(signed));
        if (signed is not null)
        {
            chain.Read(signed, identity.Root, Role.CertificateAuthority);
            clock.Seen(signed.At);
        }

        if (outside is { Sequence: { } sequence, Hash: { } hash })
        {
            chain.Read(new AuditAnchor(sequence, hash, $"the ledger's checkpoint of {outside.At}"));
            clock.Seen(outside.At ?? string.Empty);
        }

        if (signed is not null && (outside?.Sequence ?? 0) < signed.Sequence)
            gate.Stop($"The ledger {ledger.Path} does not have the checkpoint of audit entry {signed.Sequence}, which the database has: it was cut or replaced.", $"ledger-{signed.Sequence}");
        for (var page = reader.ReadBehind(chain.Sequence, PageSize); page.Count > 0; page = reader.ReadBehind(chain.Sequence, PageSize))
        {
            foreach (var entry in page)
                chain.Read(entry);
        }

        chain.End();
        gate.Stop(chain);
    }

    /// <summary>The entry before the checkpoint's own, so that this one is read and compared too.</summary>
    private AuditAnchor Before(AuditCheckpoint? signed)
    {
        if (signed is null or { Sequence: <= 1 })
            return AuditAnchor.Origin;
        var before = reader.ReadBehind(signed.Sequence - 2, 1).SingleOrDefault(entry => entry.Sequence == signed.Sequence - 1);
        return before is null ? new AuditAnchor(signed.Sequence, signed.Hash, "the last checkpoint") : new AuditAnchor(before.Sequence, before.Hash, "the last checkpoint");
    }

    /// <summary>
    /// Of the ledger only the last transaction may be unknown to the database: a kill came between the two. It never was, and nobody has got anything of it. If it is marked as committed, or
    /// an earlier one is unknown, the database is an older one than the ledger.
    /// </summary>
    private void CheckLedger()
    {
        var transactions = LedgerReader.ReadLast(ledger.Path, 3);
        for (var i = 0; i < transactions.Count; i++)
        {
            var transaction = transactions[i];
            if (transaction.Unreadable > 0)
                gate.Stop(LedgerDamage(transaction), string.Create(CultureInfo.InvariantCulture, $"ledger-line-{transaction.Offset}"));
            if (transaction.IsWithdrawn || database.Read(connection => IsKnown(connection, transaction)))
                continue;
            if (i == transactions.Count - 1 && !transaction.IsCommitted)
                ledger.WithdrawLast();
            else
                gate.Stop("The database is older than the ledger: it does not know certificates that were reserved or ended later. Restore it properly (CertificateAuthority restore), so that nothing is issued twice.", string.Create(CultureInfo.InvariantCulture, $"ledger-older-{transaction.Offset}"));
        }
    }

    /// <summary>Whether something was recorded later than now, since an administrator last said that the clock is right.</summary>
    private void CheckClock() => database.Read(connection =>
    {
        var resumed = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(sequence), 0) FROM audit_event WHERE action = 'SigningResumed'");
        var ahead = connection.ExecuteScalar<string?>("SELECT MAX(at) FROM audit_event WHERE at > @now AND sequence > @resumed", new { now = UtcText.Of(time.GetUtcNow()), resumed });
        clock.Seen(ahead ?? string.Empty);
        return true;
    });

    internal static string LedgerDamage(LedgerTransaction transaction) =>
        string.Create(CultureInfo.InvariantCulture, $"The ledger has {transaction.Unreadable} unreadable lines behind octet {transaction.Offset}.");

    private static bool IsKnown(DbConnection connection, LedgerTransaction transaction)
    {
        foreach (var entry in transaction.Entries)
        {
            var sql = entry.Event switch
            {
                LedgerEntry.RequestedEvent => "SELECT COUNT(*) FROM issuance_request WHERE request_id = @RequestId",
                LedgerEntry.ReservedEvent => "SELECT COUNT(*) FROM certificate WHERE serial_number = @SerialNumber",
                LedgerEntry.AcknowledgedEvent => "SELECT COUNT(*) FROM issuance_request WHERE request_id = @RequestId AND acknowledged_at IS NOT NULL",
                LedgerEntry.ReturnedEvent => "SELECT COUNT(*) FROM certificate_return WHERE request_id = @RequestId",
                LedgerEntry.CheckpointEvent or LedgerEntry.CommittedEvent => null, // the chain was compared with the one, the other says nothing of itself
                _ => "SELECT COUNT(*) FROM certificate WHERE serial_number = @SerialNumber AND revoked_at IS NOT NULL",
            };
            if (sql is not null)
                return connection.ExecuteScalar<long>(sql, new { entry.RequestId, entry.SerialNumber }) > 0;
        }

        return true;
    }
}
