using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>A machine number that was typed for a line.</summary>
internal sealed record TypedScan(int Id, string Line, string MachineNumber, string TypedBy, string TypedAt, string? FetchedAt);

/// <summary>
/// Machine numbers typed at the terminal, on their way to their line's station (P-21). A station has each once: it says which one it had last, and one whose answer was lost is given again. What
/// nobody fetched in time is never delivered: a board that was on the cable then may be another one now.
/// </summary>
internal sealed class TypedScans(Database database, AuditTrail audit, FactoryClock clock, StationPresence presence)
{
    /// <summary>How long a typed number holds.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(2);

    private const int Listed = 20;

    private const string Columns = """
        typed_scan_id AS "Id", line AS "Line", machine_number AS "MachineNumber", typed_by AS "TypedBy", typed_at AS "TypedAt", fetched_at AS "FetchedAt"
        """;

    private sealed record Row(long Id, string Line, string MachineNumber, string TypedBy, string TypedAt, string? FetchedAt)
    {
        public TypedScan ToScan() => new((int)Id, Line, MachineNumber, TypedBy, TypedAt, FetchedAt);
    }

    /// <summary>Whether nobody fetched <paramref name="scan"/> in time.</summary>
    public bool IsOver(TypedScan scan) => scan.FetchedAt is null && string.CompareOrdinal(scan.TypedAt, OldestThatHolds) < 0;

    /// <summary>Stores a typed number for a line and tells its station.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where the line's station is not there, or has another one to fetch.</exception>
    public async Task<int> TypeAsync(string line, MachineNumber number, string detail, string actor, CancellationToken cancellationToken)
    {
        if (!presence.IsThere(line))
            throw new ProvisioningException(ErrorCode.Conflict, $"The station of line {line} does not answer, so the number can't be passed on. Start the station, or scan there.");
        var id = await database.WriteAsync((connection, transaction) => Insert(connection, transaction, line, number, detail, actor), cancellationToken);
        presence.Wake(line);
        return id;
    }

    /// <summary>The next number for a line whose station had <paramref name="after"/> last; null where there is none.</summary>
    public async Task<TypedScan?> FetchAsync(string line, int after, CancellationToken cancellationToken)
    {
        if (database.Read(connection => Next(connection, null, line, after)) is null)
            return null;
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                var next = Next(connection, transaction, line, after);
                if (next is { FetchedAt: null })
                    connection.Execute("UPDATE typed_scan SET fetched_at = @now WHERE typed_scan_id = @Id AND fetched_at IS NULL", new { now = clock.StoredNow, next.Id }, transaction);
                return next;
            },
            cancellationToken);
    }

    /// <summary>The latest typed numbers, latest first.</summary>
    public IReadOnlyList<TypedScan> List() => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM typed_scan ORDER BY typed_scan_id DESC", buffered: false).Take(Listed).Select(row => row.ToScan()).ToList());

    private string OldestThatHolds => UtcText.Of(clock.UtcNow - Holds);

    private int Insert(DbConnection connection, DbTransaction transaction, string line, MachineNumber number, string detail, string actor)
    {
        var open = connection.QueryFirstOrDefault<string>(
            "SELECT machine_number FROM typed_scan WHERE line = @line AND fetched_at IS NULL AND typed_at >= @oldest",
            new { line, oldest = OldestThatHolds },
            transaction);
        if (open is not null)
            throw new ProvisioningException(ErrorCode.Conflict, $"{open} was typed for line {line} and its station has not fetched it yet. Wait for it.");
        var id = connection.ExecuteScalar<int>("SELECT COALESCE(MAX(typed_scan_id), 0) + 1 FROM typed_scan", transaction: transaction);
        connection.Execute(
            "INSERT INTO typed_scan (typed_scan_id, line, machine_number, typed_by, typed_at) VALUES (@id, @line, @number, @actor, @now)",
            new { id, line, number = number.ToString(), actor, now = clock.StoredNow },
            transaction);
        audit.Append(connection, transaction, actor, "NumberTyped", number.ToString(), detail: $"for line {line}; {detail}");
        return id;
    }

    // Not fetched, or fetched by an answer that the station says it never had.
    private TypedScan? Next(DbConnection connection, DbTransaction? transaction, string line, int after) => connection.QueryFirstOrDefault<Row>(
        $"SELECT {Columns} FROM typed_scan WHERE line = @line AND typed_at >= @oldest AND (fetched_at IS NULL OR typed_scan_id > @after) ORDER BY typed_scan_id",
        new { line, oldest = OldestThatHolds, after },
        transaction)?.ToScan();
}
