using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>What a program has to say about its checkpoints.</summary>
public sealed record CheckpointRules
{
    /// <summary>Whether one may be made now: what was found to be wrong must not be signed over before somebody has decided.</summary>
    public Func<bool> MayBeMade { get; init; } = static () => true;

    /// <summary>Signed, about to be stored.</summary>
    public Action Signed { get; init; } = static () => { };

    /// <summary>In the transaction that stores it: where the program keeps it outside of the database too, it does so now.</summary>
    public Action<AuditCheckpoint> Stored { get; init; } = static _ => { };

    /// <summary>The checkpoint is on the disk.</summary>
    public Action Made { get; init; } = static () => { };
}

/// <summary>The checkpoints of the audit trail: table <c>audit_checkpoint</c>, so that a cut-off end or a rewritten trail shows.</summary>
public sealed class CheckpointBook(Database database, TlsIdentity identity, TimeProvider time, CheckpointRules rules)
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
            rules.Signed();
            connection.Execute("DELETE FROM audit_checkpoint WHERE sequence >= @Sequence", end, transaction); // of a longer trail than there is now
            connection.Execute($"INSERT INTO audit_checkpoint ({Columns}) VALUES (@Sequence, @At, @Hash, @Signature, @Certificate)", checkpoint, transaction);
            rules.Stored(checkpoint);
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
