using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>
/// Reads the recorded steps of units in their order, in pages so that no reader keeps the log from being tidied, and makes the digest that a report holds of them: the units' many steps are
/// bound to the audit chain by it, without an entry in the chain for each.
/// </summary>
internal sealed class ReportedEvents(Database database, FactoryClock clock)
{
    private const int PageSize = 5000;

    /// <summary>What the lines did, by their events.</summary>
    public sealed record Reading(EventDigest Digest, IReadOnlyList<ReportedLine> Lines);

    private sealed record Row(long EventId, string Number, string At, string What, string Who, string? Line, long Attempt, string? Detail);

    /// <summary>The steps behind <paramref name="after"/> up to the end of <paramref name="day"/> in the factory.</summary>
    public Reading ReadDay(long after, DateOnly day, CancellationToken cancellationToken) =>
        Read(after, row => DateOnly.FromDateTime(clock.LocalOf(row.At)) <= day, cancellationToken);

    /// <summary>The steps behind <paramref name="after"/> up to <paramref name="until"/>: what a report once held.</summary>
    public EventDigest ReadAgain(long after, long until, CancellationToken cancellationToken) => Read(after, row => row.EventId <= until, cancellationToken).Digest;

    /// <summary>The factory's day of the first step behind <paramref name="after"/>; null where there is none.</summary>
    public DateOnly? FindDayBehind(long after) => database.Read(connection => connection.ExecuteScalar<string?>(
            "SELECT at FROM unit_event WHERE event_id = (SELECT MIN(event_id) FROM unit_event WHERE event_id > @after)", new { after })) is { } at
        ? DateOnly.FromDateTime(clock.LocalOf(at))
        : null;

    /// <summary>The days of the plan, up to <paramref name="day"/>, whose units have steps behind <paramref name="after"/> up to <paramref name="until"/>.</summary>
    public IReadOnlyList<DateOnly> FindTouchedDays(long after, long until, DateOnly day) => database.Read(connection => connection.Query<string>(
            "SELECT DISTINCT u.plan_date FROM unit_event e JOIN unit u ON u.machine_number = e.machine_number WHERE e.event_id > @after AND e.event_id <= @until AND u.plan_date <= @day",
            new { after, until, day = FactoryClock.Stored(day) })
        .Select(FactoryClock.ParseDate)
        .ToList());

    /// <summary>Whether units went from one day to another behind <paramref name="after"/>.</summary>
    public bool HasMoves(long after) => database.Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM unit_event WHERE event_id > @after AND what = 'Moved'", new { after })) > 0;

    private Reading Read(long after, Func<Row, bool> isIn, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var lines = new SortedDictionary<string, (int Written, int Proved, int Failures)>(StringComparer.Ordinal);
        var (last, count) = (after, 0L);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = database.Read(connection => connection.Query<Row>(
                """
                SELECT event_id AS "EventId", machine_number AS "Number", at AS "At", what AS "What", who AS "Who", line AS "Line", attempt AS "Attempt", detail AS "Detail"
                FROM unit_event WHERE event_id > @last ORDER BY event_id
                """,
                new { last },
                buffered: false).Take(PageSize).ToList());
            foreach (var row in page)
            {
                if (!isIn(row))
                    return new Reading(new EventDigest(after, last, count, Convert.ToHexStringLower(hash.GetHashAndReset())), LinesOf(lines));
                Append(hash, row);
                if (row.Line is not null)
                    lines[row.Line] = Count(lines.GetValueOrDefault(row.Line), row.What);
                (last, count) = (row.EventId, count + 1);
            }

            if (page.Count < PageSize)
                return new Reading(new EventDigest(after, last, count, Convert.ToHexStringLower(hash.GetHashAndReset())), LinesOf(lines));
        }
    }

    private static (int Written, int Proved, int Failures) Count((int Written, int Proved, int Failures) line, string what) => what switch
    {
        nameof(UnitEvent.Written) => line with { Written = line.Written + 1 },
        nameof(UnitEvent.Proved) => line with { Proved = line.Proved + 1 },
        nameof(UnitEvent.Failed) => line with { Failures = line.Failures + 1 },
        _ => line,
    };

    private static List<ReportedLine> LinesOf(SortedDictionary<string, (int Written, int Proved, int Failures)> lines) =>
        lines.Select(line => new ReportedLine(line.Key, line.Value.Written, line.Value.Proved, line.Value.Failures)).ToList();

    private static void Append(IncrementalHash hash, Row row)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var text in (ReadOnlySpan<string?>)[row.Number, row.At, row.What, row.Who, row.Line, row.Detail])
        {
            // Nothing is told from an empty text by the length -1.
            BinaryPrimitives.WriteInt64BigEndian(number, text is null ? -1 : Encoding.UTF8.GetByteCount(text));
            hash.AppendData(number);
            if (text is not null)
                hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        BinaryPrimitives.WriteInt64BigEndian(number, row.EventId);
        hash.AppendData(number);
        BinaryPrimitives.WriteInt64BigEndian(number, row.Attempt);
        hash.AppendData(number);
    }
}
