using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>What the CA was asked for, the latest first.</summary>
internal sealed class RequestSearch(Database database)
{
    private const string Columns =
        """
        request_id AS RequestId, kind AS Kind, caller AS Factory, reason AS Reason, first_certificate AS FirstCertificate, certificate_count AS Certificates,
        received_at AS ReceivedAt, acknowledged_at AS AcknowledgedAt, expired_at AS ExpiredAt
        """;

    /// <summary>A page of requests, of one factory or of all.</summary>
    public Page<RequestSummary> Find(string? factory, string? cursor, int limit)
    {
        var filters = factory ?? string.Empty;
        var before = SearchCursor.Parse(cursor, Digest(filters))?.Id ?? long.MaxValue;
        var rows = database.Read(connection => connection.Query<RequestRow>(
            $"SELECT {Columns} FROM issuance_request WHERE {(factory is null ? string.Empty : "caller = @factory AND ")}first_certificate < @before ORDER BY first_certificate DESC LIMIT @most",
            new { factory, before, most = limit + 1 }).ToList());
        var next = rows.Count > limit ? new SearchCursor(Digest(filters), string.Empty, rows[limit - 1].FirstCertificate).ToString() : null;
        return new Page<RequestSummary>([.. rows.Take(limit).Select(row => row.ToSummary())], next);
    }

    /// <summary>One request with a page of its certificates.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownRequest"/>.</exception>
    public RequestDetail Find(RequestId requestId, string? cursor, int limit) => database.Read(connection =>
    {
        var request = connection.QuerySingleOrDefault<RequestRow>($"SELECT {Columns} FROM issuance_request WHERE request_id = @id", new { id = requestId.ToString() })
            ?? throw new ProvisioningException(ErrorCode.UnknownRequest, $"This CA has no request {requestId}.");
        var filters = Digest(request.RequestId);
        var id = SearchCursor.Parse(cursor, filters)?.Id ?? request.FirstCertificate - 1;
        var rows = connection.Query<CertificateRow>(
            $"SELECT {SearchOrder.Columns} FROM certificate c CROSS JOIN issuance_request r WHERE c.id > @id AND c.id < @end AND r.request_id = c.request_id ORDER BY c.id LIMIT @most",
            new { id, end = request.FirstCertificate + request.Certificates, most = limit + 1 }).ToList();
        var next = rows.Count > limit ? new SearchCursor(filters, string.Empty, rows[limit - 1].Id).ToString() : null;
        return new RequestDetail(request.ToSummary(), [.. rows.Take(limit).Select(row => row.ToSummary())], next);
    });

    private static string Digest(string filters) => Fingerprint.Of(System.Text.Encoding.UTF8.GetBytes(filters)).ToString()[..12];

    private sealed class RequestRow
    {
        public string RequestId { get; init; } = string.Empty;

        public string Kind { get; init; } = string.Empty;

        public string Factory { get; init; } = string.Empty;

        public string? Reason { get; init; }

        public long FirstCertificate { get; init; }

        public long Certificates { get; init; }

        public string ReceivedAt { get; init; } = string.Empty;

        public string? AcknowledgedAt { get; init; }

        public string? ExpiredAt { get; init; }

        public RequestSummary ToSummary() => new(RequestId, Kind, Factory, Reason, Certificates, UtcText.Parse(ReceivedAt), Moment(AcknowledgedAt), Moment(ExpiredAt));

        private static DateTimeOffset? Moment(string? text) => text is null ? null : UtcText.Parse(text);
    }
}
