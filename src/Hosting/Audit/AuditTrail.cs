using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>
/// The audit trail of one program: table <c>audit_event</c>, an append-only hash chain. An event of a change is appended in the transaction of the change, so that neither
/// is there without the other; the database's one writer keeps the chain in order.
/// </summary>
public sealed class AuditTrail(Database database, TimeProvider time)
{
    /// <summary>The actor of what the program does by itself.</summary>
    public const string Itself = "Program";

    private const int MaxDetailLength = 2000;

    private static readonly AsyncLocal<StrongBox<bool>?> Watched = new();

    /// <summary>Told the sequence number of every event that is appended; its transaction is still open.</summary>
    public Action<long>? Appended { get; set; }

    /// <summary>Whether the caller, from here on and in whatever it awaits, appends an event.</summary>
    public static StrongBox<bool> Watch() => Watched.Value = new StrongBox<bool>();

    /// <summary>Appends an event inside the caller's transaction.</summary>
    public AuditEvent Append(DbConnection connection, DbTransaction transaction, string actor, string action, string subject, string outcome = AuditEvent.Done, string detail = "")
    {
        var last = AuditReader.Last(connection, transaction);
        if (detail.Length > MaxDetailLength)
            detail = detail[..(MaxDetailLength - 1)] + "…";
        var happened = new AuditEvent(last.Sequence + 1, UtcText.Of(time.GetUtcNow()), actor, action, subject, outcome, detail, string.Empty);
        happened = happened with { Hash = happened.ComputeHash(last.Hash) };
        connection.Execute(
            "INSERT INTO audit_event (sequence, at, actor, action, subject, outcome, detail, hash) VALUES (@Sequence, @At, @Actor, @Action, @Subject, @Outcome, @Detail, @Hash)",
            happened,
            transaction);
        Appended?.Invoke(happened.Sequence);
        Watched.Value?.Value = true;
        return happened;
    }

    /// <summary>Appends an event of its own: a refusal, or a read.</summary>
    public Task AppendAsync(string actor, string action, string subject, string outcome, string detail, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => Append(connection, transaction, actor, action, subject, outcome, detail), cancellationToken);
}
