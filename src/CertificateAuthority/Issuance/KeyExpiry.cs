using System.Data.Common;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The end of keys that nobody took: a request that was not acknowledged within the time limit loses its private keys, and its certificates are revoked, in one transaction.
/// The numbers can then be ordered again; the request's id answers <see cref="ErrorCode.KeysExpired"/>.
/// </summary>
internal sealed class KeyExpiry(Database database, AuditTrail audit, IssuedLedger ledger, IssuanceOptions options, TimeProvider time)
{
    private const string Reason = "cessationOfOperation"; // RFC 5280, 5.3.1

    /// <summary>Ends the oldest request that is over its time.</summary>
    /// <returns>Its id and how many certificates were revoked; null where there is none.</returns>
    public async Task<(string RequestId, int Certificates)?> ExpireNextAsync(CancellationToken cancellationToken)
    {
        CertificateLife.Require(CertificateState.Reserved, CertificateState.Revoked);
        CertificateLife.Require(CertificateState.Issued, CertificateState.Revoked);
        var limit = UtcText.Of(time.GetUtcNow() - options.KeyTimeLimit);
        if (!HasAny(limit))
            return null;
        KillPoint.Reached(CertificateAuthorityKillPoints.BeforeKeyExpiry);
        var ended = await database.WriteAsync((connection, transaction) => ExpireNext(connection, transaction, limit), cancellationToken);
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterKeyExpiry);
        return ended;
    }

    private bool HasAny(string limit) => database.Read(connection => FindNext(connection, null, limit)) is not null;

    private (string RequestId, int Certificates)? ExpireNext(DbConnection connection, DbTransaction transaction, string limit)
    {
        if (FindNext(connection, transaction, limit) is not { } request)
            return null;
        var now = time.GetUtcNow();
        var rows = new { request.RequestId, First = request.FirstCertificate, End = request.FirstCertificate + request.CertificateCount, Now = UtcText.Of(now), Reason };
        var ending = connection.Query<(string MachineNumber, string SerialNumber)>(
            "SELECT machine_number, serial_number FROM certificate WHERE id >= @First AND id < @End AND state IN ('Reserved', 'Issued') ORDER BY id",
            rows,
            transaction).ToList();
        var ended = connection.Execute(
            """
            UPDATE certificate SET state = 'Revoked', wrapped_key = NULL, revoked_at = @Now, revocation_reason = @Reason
            WHERE id >= @First AND id < @End AND state IN ('Reserved', 'Issued')
            """,
            rows,
            transaction);
        var marked = connection.Execute("UPDATE issuance_request SET expired_at = @Now WHERE request_id = @RequestId AND acknowledged_at IS NULL AND expired_at IS NULL", rows, transaction);
        if (marked != 1 || ended != ending.Count)
            throw new ProvisioningException(ErrorCode.Conflict, $"Request {request.RequestId} has just been changed by somebody else.");
        var machineNumbers = ending.Select(certificate => MachineNumber.Parse(certificate.MachineNumber)).ToList();
        CounterBook.Add(connection, transaction, UtcText.DayOf(now), request.Caller, machineNumbers, CounterEvent.Expired);
        CounterBook.Add(connection, transaction, UtcText.DayOf(now), request.Caller, machineNumbers, CounterEvent.Revoked);
        audit.Append(connection, transaction, AuditTrail.Itself, "KeysExpired", request.RequestId, detail: $"{ended} certificates of {request.CertificateCount} revoked, {Reason}");
        foreach (var (machineNumber, serialNumber) in ending)
            audit.Append(connection, transaction, AuditTrail.Itself, "Revoked", machineNumber, detail: $"{serialNumber} {Reason}");
        ledger.Append(ending.Select(certificate => LedgerEntry.Ended(nameof(CertificateState.Revoked), certificate.SerialNumber, rows.Now, Reason)));
        KillPoint.Reached(CertificateAuthorityKillPoints.WithinKeyExpiry);
        return (request.RequestId, ended);
    }

    private static Expired? FindNext(DbConnection connection, DbTransaction? transaction, string limit) => connection.QueryFirstOrDefault<Expired>(
        """
        SELECT request_id AS RequestId, caller AS Caller, first_certificate AS FirstCertificate, certificate_count AS CertificateCount FROM issuance_request
        WHERE acknowledged_at IS NULL AND expired_at IS NULL AND kind IN ('Issue', 'Reissue') AND received_at < @limit ORDER BY received_at LIMIT 1
        """,
        new { limit },
        transaction);

    private sealed record Expired(string RequestId, string Caller, long FirstCertificate, long CertificateCount);
}
