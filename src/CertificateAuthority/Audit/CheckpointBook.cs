using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>
/// The checkpoints of the audit trail: table <c>audit_checkpoint</c>, and a line each in the ledger, outside the database, so that a cut-off end or a database that was put back shows.
/// </summary>
internal sealed class CheckpointBook(Database database, IssuedLedger ledger, TlsIdentity identity, TimeProvider time)
{
    private const string Columns = "sequence, at, hash, signature, certificate";

    /// <summary>Signs the trail's end as it is now and stores it; where nothing has happened since the last checkpoint, that one stays.</summary>
    public Task<AuditCheckpoint> MakeAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var end = AuditReader.Last(connection, transaction);
            var earlier = connection.QuerySingleOrDefault<AuditCheckpoint>($"SELECT {Columns} FROM audit_checkpoint WHERE sequence = @Sequence AND hash = @Hash", end, transaction);
            if (earlier is not null)
                return earlier;
            var checkpoint = CheckpointSeal.Sign(identity, end.Sequence, end.Hash, time.GetUtcNow());
            KillPoint.Reached(CertificateAuthorityKillPoints.BeforeCheckpoint);
            connection.Execute("DELETE FROM audit_checkpoint WHERE sequence >= @Sequence", end, transaction); // of a longer trail than there is now; the ledger has them still
            connection.Execute($"INSERT INTO audit_checkpoint ({Columns}) VALUES (@Sequence, @At, @Hash, @Signature, @Certificate)", checkpoint, transaction);
            ledger.Append([LedgerEntry.CheckpointOf(checkpoint)]);
            KillPoint.Reached(CertificateAuthorityKillPoints.CheckpointInLedger);
            return checkpoint;
        },
        cancellationToken);

    /// <summary>The latest checkpoint, or null.</summary>
    public AuditCheckpoint? FindLast() => List(long.MaxValue, 1).SingleOrDefault();

    /// <summary>Up to <paramref name="limit"/> checkpoints before entry <paramref name="before"/>, the latest first.</summary>
    public IReadOnlyList<AuditCheckpoint> List(long before, int limit) => database.Read(connection =>
        connection.Query<AuditCheckpoint>($"SELECT {Columns} FROM audit_checkpoint WHERE sequence < @before ORDER BY sequence DESC LIMIT @limit", new { before, limit }).AsList());

    /// <summary>Up to <paramref name="limit"/> checkpoints of entries behind <paramref name="after"/>, in their order.</summary>
    public IReadOnlyList<AuditCheckpoint> ReadBehind(long after, int limit) => database.Read(connection =>
        connection.Query<AuditCheckpoint>($"SELECT {Columns} FROM audit_checkpoint WHERE sequence > @after ORDER BY sequence LIMIT @limit", new { after, limit }).AsList());
}
