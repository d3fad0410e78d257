using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>What of a trail is wanted; what is null does not matter.</summary>
/// <param name="Subject">To what it was done.</param>
/// <param name="Actor">Who did it: role and name, or a role alone.</param>
/// <param name="Action">What was done.</param>
/// <param name="From">From this moment on.</param>
/// <param name="To">Before this moment.</param>
public sealed record AuditFilter(string? Subject, string? Actor, string? Action, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>Reads an audit trail: in pages, so that no reader holds a long one in memory or keeps the database from tidying up.</summary>
public sealed class AuditReader(Database database)
{
    private const string Columns = "sequence, at, actor, action, subject, outcome, detail, hash";

    /// <summary>The last entry, or the origin.</summary>
    public static AuditAnchor Last(DbConnection connection, DbTransaction? transaction = null)
    {
        var (sequence, hash) = connection.QuerySingleOrDefault<(long, string)?>("SELECT sequence, hash FROM audit_event ORDER BY sequence DESC LIMIT 1", transaction: transaction)
            ?? (0, AuditEvent.Origin);
        return new AuditAnchor(sequence, hash, "the end of the trail");
    }

    /// <summary>Up to <paramref name="limit"/> entries behind <paramref name="after"/>, in their order.</summary>
    public IReadOnlyList<AuditEvent> ReadBehind(long after, int limit) => database.Read(connection =>
        connection.Query<AuditEvent>($"SELECT {Columns} FROM audit_event WHERE sequence > @after ORDER BY sequence LIMIT @limit", new { after, limit }).AsList());

    /// <summary>Up to <paramref name="limit"/> entries before <paramref name="before"/> that <paramref name="filter"/> lets through, the latest first.</summary>
    public IReadOnlyList<AuditEvent> Find(AuditFilter filter, long before, int limit)
    {
        var where = "sequence < @before";
        where += filter.Subject is null ? string.Empty : " AND subject = @Subject";
        where += filter.Actor is null ? string.Empty : " AND (actor = @Actor OR (actor > @Actor || ' ' AND actor < @Actor || '!'))"; // '!' follows the blank
        where += filter.Action is null ? string.Empty : " AND action = @Action";
        where += filter.From is null ? string.Empty : " AND at >= @from";
        where += filter.To is null ? string.Empty : " AND at < @to";
        var values = new
        {
            before,
            limit,
            filter.Subject,
            filter.Actor,
            filter.Action,
            from = filter.From is { } from ? UtcText.Of(from) : null,
            to = filter.To is { } to ? UtcText.Of(to) : null,
        };
        return database.Read(connection => connection.Query<AuditEvent>($"SELECT {Columns} FROM audit_event WHERE {where} ORDER BY sequence DESC LIMIT @limit", values).AsList());
    }
}
