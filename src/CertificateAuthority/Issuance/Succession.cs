using System.Data.Common;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// Who may replace whose certificate, and how often. A certificate is superseded in the transaction that reserves its successor, so that a machine number never has two.
/// The number of successors is limited: a client that can't keep what it gets would otherwise mint certificates without end.
/// </summary>
internal sealed class Succession(AuditTrail audit, IssuedLedger ledger, IssuanceOptions options, TimeProvider time)
{
    /// <summary>Supersedes the valid certificate of the number of <paramref name="successor"/>, inside the transaction that reserves it.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.NotFound"/> without one; <see cref="ErrorCode.NotAuthorized"/> where it is another terminal's; <see cref="ErrorCode.Revoked"/> where a device presents
    /// another than its valid one; <see cref="ErrorCode.Blocked"/> once a person has to decide.
    /// </exception>
    public void Supersede(DbConnection connection, DbTransaction transaction, IssuanceOrder order, CertificateRecord successor)
    {
        var machineNumber = successor.MachineNumber.ToString();
        var (id, serialNumber, state, owner) = FindValid(connection, transaction, machineNumber)
            ?? throw new ProvisioningException(ErrorCode.NotFound, $"{machineNumber} has no valid certificate that could be replaced. Ask for a first one.");
        if (owner != order.Caller)
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"The certificate of {machineNumber} is another terminal's.");
        if (order.Replaces is { } presented && presented.ToString() != serialNumber)
            throw new ProvisioningException(ErrorCode.Revoked, $"The certificate that was presented has been replaced by a later one of {machineNumber}. Present that one.");
        RequireUnderLimit(connection, transaction, machineNumber);
        CertificateLife.Require(Enum.Parse<CertificateState>(state), CertificateState.Superseded);
        var now = UtcText.Of(time.GetUtcNow());
        var changed = connection.Execute(
            """
            UPDATE certificate SET state = 'Superseded', wrapped_key = NULL, revoked_at = @now, revocation_reason = 'superseded', superseded_by = @successor
            WHERE id = @id AND state = @state
            """,
            new { now, successor = successor.Id, id, state },
            transaction);
        if (changed != 1)
            throw new ProvisioningException(ErrorCode.Conflict, $"The certificate of {machineNumber} has just been changed by somebody else.");
        CounterBook.Add(connection, transaction, UtcText.DayOf(time.GetUtcNow()), owner, [successor.MachineNumber], CounterEvent.Superseded);
        audit.Append(connection, transaction, order.Actor, "Superseded", machineNumber, detail: serialNumber);
        ledger.Append([LedgerEntry.Ended(nameof(CertificateState.Superseded), serialNumber, now, "superseded")]);
    }

    /// <summary>The valid certificate of a machine number, and for whom it was issued.</summary>
    public static (long Id, string SerialNumber, string State, string Caller)? FindValid(DbConnection connection, DbTransaction transaction, string machineNumber) =>
        connection.QuerySingleOrDefault<(long, string, string, string)?>(
            """
            SELECT certificate.id, certificate.serial_number, certificate.state, issuance_request.caller
            FROM certificate JOIN issuance_request ON issuance_request.request_id = certificate.request_id
            WHERE certificate.machine_number = @machineNumber AND certificate.state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')
            """,
            new { machineNumber },
            transaction);

    /// <summary>Counts those that were replaced since a person last revoked one (the time limit of the keys is no person); that revocation, and the order for a first certificate after it, is the decision to go on.</summary>
    private void RequireUnderLimit(DbConnection connection, DbTransaction transaction, string machineNumber)
    {
        var replaced = connection.ExecuteScalar<long>(
            """
            SELECT COUNT(*) FROM certificate WHERE machine_number = @machineNumber AND state IN ('Superseded', 'Revoked', 'Purged') AND state = 'Superseded'
            AND id > COALESCE((SELECT MAX(id) FROM certificate WHERE machine_number = @machineNumber AND state IN ('Superseded', 'Revoked', 'Purged') AND state = 'Revoked'
              AND NOT EXISTS (SELECT 1 FROM issuance_request WHERE issuance_request.request_id = certificate.request_id AND expired_at IS NOT NULL)), 0)
            """,
            new { machineNumber },
            transaction);
        if (replaced >= options.MaxReissues)
        {
            throw new ProvisioningException(
                ErrorCode.Blocked,
                $"{machineNumber} has been given a new certificate {replaced} times, the most that Issuance:MaxReissues allows. Find out what loses its certificates; then an administrator revokes the last one, and it can be ordered anew.");
        }
    }
}
