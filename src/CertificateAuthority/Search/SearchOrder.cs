using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>
/// The order in which a search walks the certificates: always along an index, so that a page costs what it looks at and never what is stored. Which index is decided by the filters:
/// the one that leaves the fewest certificates to look at.
/// </summary>
/// <param name="Sql">The rows of the order from <c>@key</c> and <c>@id</c> on, with the columns of <see cref="Columns"/> and the key as the last one.</param>
internal sealed record SearchOrder(string Sql)
{
    /// <summary>What a row says; the names are those of <see cref="CertificateRow"/>.</summary>
    public const string Columns =
        """
        c.id AS Id, c.serial_number AS SerialNumber, c.machine_number AS MachineNumber, c.state AS State, r.caller AS Factory, c.issuer AS Issuer, c.request_id AS RequestId,
        c.issued_at AS IssuedAt, c.not_after AS NotAfter, c.revoked_at AS RevokedAt, c.revocation_reason AS RevocationReason, r.received_at AS ReceivedAt
        """;

    private const string Valid = "c.state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')";
    private const string Past = "c.state IN ('Superseded', 'Revoked', 'Purged')";
    private const string NumberRange = "c.machine_number >= @key AND c.machine_number <= @highest AND (c.machine_number > @key OR c.id > @id)";

    /// <summary>CROSS JOIN: the left side is walked and the right one looked up, whatever the planner would think.</summary>
    private const string CertificatesWithRequest = "certificate c CROSS JOIN issuance_request r";

    private const string RequestsWithCertificates =
        "issuance_request r CROSS JOIN certificate c WHERE c.id >= CASE WHEN r.first_certificate > @id THEN r.first_certificate ELSE @id + 1 END AND c.id < r.first_certificate + r.certificate_count";

    private static readonly SearchOrder ByRow = new($"SELECT {Columns}, '' AS SortKey FROM {CertificatesWithRequest} WHERE c.id > @id AND c.id <= @highestRow AND r.request_id = c.request_id ORDER BY c.id");

    private static readonly SearchOrder ByFactory = new(
        $"SELECT {Columns}, '' AS SortKey FROM {RequestsWithCertificates} AND r.caller = @factory AND r.first_certificate >= @firstOfRequest AND r.first_certificate <= @highestRow ORDER BY r.first_certificate, c.id");

    /// <summary>Ordered by the request alone, because a second term would make the planner sort; the certificates of one come in the order of their rows, which is how they are looked up.</summary>
    private static readonly SearchOrder ByOpenRequest = new(
        $"SELECT {Columns}, '' AS SortKey FROM {RequestsWithCertificates} AND r.acknowledged_at IS NULL AND r.expired_at IS NULL AND r.first_certificate >= @firstOfRequest AND r.first_certificate <= @highestRow ORDER BY r.first_certificate");

    private static readonly SearchOrder ByNumber = new(
        $"""
        SELECT {Columns}, c.machine_number AS SortKey FROM {CertificatesWithRequest} WHERE {Valid} AND {NumberRange} AND r.request_id = c.request_id
        UNION ALL
        SELECT {Columns}, c.machine_number AS SortKey FROM {CertificatesWithRequest} WHERE {Past} AND {NumberRange} AND r.request_id = c.request_id
        ORDER BY SortKey, Id
        """);

    private static readonly SearchOrder ByNumberOfPast = new(
        $"SELECT {Columns}, c.machine_number AS SortKey FROM {CertificatesWithRequest} WHERE {Past} AND {NumberRange} AND r.request_id = c.request_id ORDER BY c.machine_number, c.id");

    private static readonly SearchOrder ByEnd = new(
        $"""
        SELECT {Columns}, c.not_after AS SortKey FROM {CertificatesWithRequest}
        WHERE c.not_after >= @key AND c.not_after <= @expiresTo AND (c.not_after > @key OR c.id > @id) AND r.request_id = c.request_id
        ORDER BY c.not_after, c.id
        """);

    /// <summary>The order for these filters.</summary>
    public static SearchOrder For(CertificateFilter filter) => filter switch
    {
        { State: CertificateState.Superseded or CertificateState.Revoked or CertificateState.Purged } => ByNumberOfPast,
        { From: not null } or { To: not null } => ByNumber,
        { State: CertificateState.Reserved or CertificateState.Issued } => ByOpenRequest, // an acknowledged request has none
        { ExpiresFrom: not null } or { ExpiresTo: not null } => ByEnd,
        { Factory: not null } => ByFactory,
        { IssuedFrom: not null } or { IssuedTo: not null } => ByRow,
        { Model: not null } => ByNumber,
        _ => ByRow,
    };

    /// <summary>Whether the order has a key of its own, so that a row's number alone says nothing of its place.</summary>
    public bool HasKey => this != ByRow && this != ByFactory && this != ByOpenRequest;

    /// <summary>Where the order's key begins without a cursor.</summary>
    public string FirstKey(CertificateFilter filter) =>
        this == ByNumber || this == ByNumberOfPast ? filter.LowestNumber
        : this == ByEnd && filter.ExpiresFrom is { } from ? Hosting.Storage.UtcText.Of(from)
        : string.Empty;
}
