using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>
/// Finds certificates. A page walks an index (<see cref="SearchOrder"/>) and looks at a bounded number of rows: where few of them fit the other filters the page is short and its cursor goes
/// on behind the last row looked at, so that no combination of filters makes one call slow.
/// </summary>
internal sealed class CertificateSearch(Database database)
{
    /// <summary>The most rows that one page looks at.</summary>
    public const int MaxLookedAt = 3000;

    /// <summary>A page of at most <paramref name="limit"/> certificates behind <paramref name="cursor"/>.</summary>
    /// <exception cref="Protocol.ProvisioningException">The filters contradict each other, or the cursor does not fit them.</exception>
    public Page<CertificateSummary> Find(CertificateFilter filter, string? cursor, int limit)
    {
        filter.Validate();
        var filters = filter.Digest();
        var behind = SearchCursor.Parse(cursor, filters);
        var order = SearchOrder.For(filter);
        return database.Read(connection =>
        {
            var (lowest, highest) = RowsOf(connection, filter);
            var id = order.HasKey ? behind?.Id ?? 0 : Math.Max(behind?.Id ?? 0, lowest - 1);
            var rows = connection.Query<CertificateRow>(
                order.Sql,
                new
                {
                    key = behind?.Key ?? order.FirstKey(filter),
                    id,
                    highest = filter.HighestNumber,
                    highestRow = highest,
                    expiresTo = filter.ExpiresTo is { } to ? UtcText.Of(to) : CertificateFilter.Behind,
                    factory = filter.Factory,
                    firstOfRequest = order.HasKey ? 0 : FirstOfRequest(connection, id),
                },
                buffered: false);
            return Collect(rows, filter, filters, limit);
        });
    }

    private static Page<CertificateSummary> Collect(IEnumerable<CertificateRow> rows, CertificateFilter filter, string filters, int limit)
    {
        var fits = filter.Compile();
        var found = new List<CertificateSummary>(limit);
        var lookedAt = 0;
        CertificateRow? last = null;
        foreach (var row in rows)
        {
            if (found.Count == limit || lookedAt == MaxLookedAt)
                return new Page<CertificateSummary>(found, new SearchCursor(filters, last!.SortKey, last.Id).ToString());
            lookedAt++;
            last = row;
            if (fits(row))
                found.Add(row.ToSummary());
        }

        return new Page<CertificateSummary>(found, null);
    }

    /// <summary>The rows of the requests that were received in the wanted time: rows and requests are numbered in the order in which they are stored.</summary>
    private static (long Lowest, long Highest) RowsOf(DbConnection connection, CertificateFilter filter)
    {
        var lowest = filter.IssuedFrom is { } from
            ? connection.ExecuteScalar<long?>("SELECT first_certificate FROM issuance_request WHERE received_at >= @at ORDER BY received_at, first_certificate LIMIT 1", new { at = UtcText.Of(from) }) ?? long.MaxValue
            : 1;
        var highest = filter.IssuedTo is { } to
            ? connection.ExecuteScalar<long?>("SELECT first_certificate + certificate_count - 1 FROM issuance_request WHERE received_at <= @at ORDER BY received_at DESC, first_certificate DESC LIMIT 1", new { at = UtcText.Of(to) }) ?? 0
            : long.MaxValue;
        return (lowest, highest);
    }

    /// <summary>Where the request begins in which the row behind <paramref name="id"/> may be.</summary>
    private static long FirstOfRequest(DbConnection connection, long id) => id == 0 || id == long.MaxValue - 1
        ? id
        : connection.ExecuteScalar<long?>("SELECT MAX(first_certificate) FROM issuance_request WHERE first_certificate <= @id", new { id }) ?? 0;
}
