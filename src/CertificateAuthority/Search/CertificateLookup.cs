using System.Data.Common;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>Single certificates and machine numbers, with their chain and what the audit trail says of them.</summary>
internal sealed class CertificateLookup(Database database, IssuingCas issuers, TlsIdentity identity)
{
    private const int MaxHistory = 500;

    private const string SelectCertificate = $"SELECT {SearchOrder.Columns} FROM certificate c JOIN issuance_request r ON r.request_id = c.request_id";

    /// <summary>Everything about the certificate of this serial number.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public CertificateDetail Find(SerialNumber serialNumber) => database.Read(connection =>
    {
        var row = Row(connection, serialNumber);
        var (certificate, supersededBy) = Content(connection, row.Id);
        var history = History(connection, [row.MachineNumber, row.SerialNumber, row.RequestId]);
        var summary = row.ToSummary();
        if (certificate is null)
            return new CertificateDetail(summary, null, null, null, null, null, supersededBy, null, [], history);
        using var parsed = X509CertificateLoader.LoadCertificate(certificate);
        return new CertificateDetail(
            summary with { NotAfter = summary.NotAfter ?? new DateTimeOffset(parsed.NotAfter.ToUniversalTime()) },
            parsed.Subject,
            parsed.Issuer,
            new DateTimeOffset(parsed.NotBefore.ToUniversalTime()),
            KeyOf(parsed),
            Fingerprint.Of(certificate).ToString(),
            supersededBy,
            PemEncoding.WriteString("CERTIFICATE", certificate),
            [.. ChainOf(row.Issuer).Select(issuer => PemEncoding.WriteString("CERTIFICATE", issuer))],
            history);
    });

    /// <summary>The certificate itself, DER, and its issuers up to the root.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> while it is not signed.</exception>
    public (byte[] Certificate, IReadOnlyList<byte[]> Chain) FindEncoded(SerialNumber serialNumber) => database.Read(connection =>
    {
        var row = Row(connection, serialNumber);
        var certificate = Content(connection, row.Id).Certificate ?? throw new ProvisioningException(ErrorCode.Conflict, $"The certificate {serialNumber} is reserved and not signed yet.");
        return (certificate, ChainOf(row.Issuer));
    });

    /// <summary>What there is of a machine number.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public MachineDetail Find(MachineNumber machineNumber) => database.Read(connection =>
    {
        var number = machineNumber.ToString();
        var rows = connection.Query<CertificateRow>(
            $"""
            {SelectCertificate} WHERE c.machine_number = @number AND c.state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')
            UNION ALL
            {SelectCertificate} WHERE c.machine_number = @number AND c.state IN ('Superseded', 'Revoked', 'Purged')
            ORDER BY Id
            """,
            new { number }).ToList();
        if (rows.Count == 0)
            throw new ProvisioningException(ErrorCode.NotFound, $"This CA has made no certificate for {number}.");
        var current = rows.FindIndex(row => row.State is not (nameof(CertificateState.Superseded) or nameof(CertificateState.Revoked) or nameof(CertificateState.Purged)));
        var earlier = rows.Where((_, index) => index != current).Select(row => row.ToSummary()).ToList();
        return new MachineDetail(number, current < 0 ? null : rows[current].ToSummary(), earlier, History(connection, [number, .. rows.SelectMany(row => new[] { row.SerialNumber, row.RequestId })]));
    });

    private static CertificateRow Row(DbConnection connection, SerialNumber serialNumber) =>
        connection.QuerySingleOrDefault<CertificateRow>($"{SelectCertificate} WHERE c.serial_number = @serial", new { serial = serialNumber.ToString() })
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"This CA has made no certificate with the serial number {serialNumber}.");

    private static string KeyOf(X509Certificate2 certificate)
    {
        if (certificate.GetRSAPublicKey() is { } rsa)
        {
            using (rsa)
                return $"RSA-{rsa.KeySize}";
        }

        using var ec = certificate.GetECDsaPublicKey();
        return ec is null ? certificate.PublicKey.Oid.Value ?? "unknown" : $"EC P-{ec.KeySize}";
    }

    /// <summary>Changes only: reads stand in the trail under the path that was read.</summary>
    private static List<AuditEvent> History(DbConnection connection, IReadOnlyList<string> subjects) => connection.Query<AuditEvent>(
        "SELECT sequence AS Sequence, at AS At, actor AS Actor, action AS Action, subject AS Subject, outcome AS Outcome, detail AS Detail, hash AS Hash FROM audit_event WHERE subject IN @subjects ORDER BY sequence LIMIT @MaxHistory",
        new { subjects = subjects.Distinct(StringComparer.Ordinal).Take(MaxHistory), MaxHistory }).ToList();

    private (byte[]? Certificate, string? SupersededBy) Content(DbConnection connection, long id)
    {
        var (issuer, toBeSigned, signature, supersededBy) = connection.QuerySingle<(long, byte[], byte[]?, string?)>(
            "SELECT c.issuer, c.to_be_signed, c.signature, s.serial_number FROM certificate c LEFT JOIN certificate s ON s.id = c.superseded_by WHERE c.id = @id",
            new { id });
        return (signature is null ? null : SignedCertificate.Assemble(toBeSigned, issuers.Of((int)issuer).SignatureAlgorithm, signature), supersededBy);
    }

    private IReadOnlyList<byte[]> ChainOf(long issuer) => [.. issuers.Of((int)issuer).Chain, identity.Root.RawData];
}
