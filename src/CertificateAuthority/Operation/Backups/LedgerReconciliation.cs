using System.Data.Common;
using Dapper;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>
/// Tells a restored database what only the ledger knows: what was reserved after the backup (so that no number gets a second certificate and nobody is told that a certificate is unknown),
/// and what was superseded, revoked or acknowledged. It never brings anything back: a certificate can only end here. Where the ledger can't say whether something was carried out, it is
/// taken as carried out.
/// </summary>
internal sealed class LedgerReconciliation(DbConnection connection, DbTransaction transaction, RestoreReport report, string now)
{
    private const string Valid = "state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')";

    private readonly long _firstNew = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM certificate", transaction: transaction);
    private long _next = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM certificate", transaction: transaction);

    /// <summary>Brings the database up to the whole ledger.</summary>
    public void Run(string ledger)
    {
        var unreadable = new List<string>();
        foreach (var done in LedgerReader.ReadAll(ledger))
        {
            if (done.Unreadable > 0)
                unreadable.Add(Integrity.StartCheck.LedgerDamage(done));
            if (!done.IsWithdrawn)
                Apply(done.Entries);
        }

        report.Findings = [.. report.Findings, .. unreadable];
        report.PooledKeysDropped = connection.Execute("DELETE FROM pooled_key", transaction: transaction);
        ReplaceCrls();
    }

    private void Apply(IReadOnlyList<LedgerEntry> entries)
    {
        string? superseded = null;
        foreach (var entry in entries)
        {
            switch (entry.Event)
            {
                case LedgerEntry.RequestedEvent:
                    AddRequest(entry, entries);
                    break;
                case LedgerEntry.ReservedEvent:
                    AddCertificate(entry, superseded);
                    break;
                case LedgerEntry.AcknowledgedEvent:
                    Acknowledge(entry);
                    break;
                case LedgerEntry.ReturnedEvent:
                    AddReturn(entry);
                    break;
                case nameof(CertificateState.Superseded) or nameof(CertificateState.Revoked):
                    End(entry);
                    superseded = entry.SerialNumber;
                    break;
            }
        }
    }

    /// <summary>Its keys are gone: whoever asks again is told that they are no longer held.</summary>
    private void AddRequest(LedgerEntry entry, IReadOnlyList<LedgerEntry> entries)
    {
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM issuance_request WHERE request_id = @RequestId", entry, transaction) > 0)
            return;
        var certificates = entries.Where(other => other.Event == LedgerEntry.ReservedEvent && other.RequestId == entry.RequestId).ToList();
        connection.Execute(
            """
            INSERT INTO issuance_request (request_id, kind, caller, content_sha256, reason, first_certificate, certificate_count, received_at, acknowledged_at)
            VALUES (@RequestId, @Kind, @Caller, @ContentSha256, @Reason, @First, @Count, @now, @now)
            """,
            new { entry.RequestId, entry.Kind, entry.Caller, entry.ContentSha256, entry.Reason, First = _next, certificates.Count, now },
            transaction);
        report.Requests++;
        if (entry.Kind is nameof(OrderKind.Issue) or nameof(OrderKind.Sign)) // first certificates
        {
            foreach (var (model, amount) in certificates.CountBy(certificate => certificate.MachineNumber![..ModelCode.Length]))
                Charge(entry.Caller!, model, amount);
        }
    }

    /// <summary>The same return again must not end what was issued after it.</summary>
    private void AddReturn(LedgerEntry entry)
    {
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate_return WHERE request_id = @RequestId", entry, transaction) == 0)
            connection.Execute("INSERT INTO certificate_return (request_id, caller, content_sha256, revoked, received_at) VALUES (@RequestId, @Caller, @ContentSha256, @Revoked, @At)", entry, transaction);
    }

    private void AddCertificate(LedgerEntry entry, string? superseded)
    {
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate WHERE serial_number = @SerialNumber", entry, transaction) > 0)
            return;
        var valid = connection.QuerySingleOrDefault<long?>($"SELECT id FROM certificate WHERE machine_number = @MachineNumber AND {Valid}", entry, transaction);
        if (valid >= _firstNew)
        {
            // Two reservations of one number without an end between them: the first one was rolled back.
            connection.Execute("UPDATE certificate SET state = 'Superseded', revoked_at = @now, revocation_reason = 'superseded' WHERE id = @valid", new { now, valid }, transaction);
            report.NeverCarriedOut++;
        }

        var ended = valid < _firstNew; // the backup has a valid one that the ledger never ended: this one was rolled back
        connection.Execute(
            """
            INSERT INTO certificate (id, request_id, machine_number, serial_number, issuer, not_after, state, to_be_signed, revoked_at, revocation_reason)
            VALUES (@Id, @RequestId, @MachineNumber, @SerialNumber, @Issuer, @NotAfter, @State, x'', @RevokedAt, @RevocationReason)
            """,
            new
            {
                Id = _next,
                entry.RequestId,
                entry.MachineNumber,
                entry.SerialNumber,
                entry.Issuer,
                entry.NotAfter,
                State = ended ? nameof(CertificateState.Superseded) : nameof(CertificateState.Fetched),
                RevokedAt = ended ? now : null,
                RevocationReason = ended ? "superseded" : null,
            },
            transaction);
        if (superseded is not null)
            connection.Execute("UPDATE certificate SET superseded_by = @_next WHERE serial_number = @superseded AND superseded_by IS NULL", new { _next, superseded }, transaction);
        report.Certificates++;
        report.NeverCarriedOut += ended ? 1 : 0;
        _next++;
    }

    private void End(LedgerEntry entry)
    {
        report.Ended += connection.Execute(
            $"UPDATE certificate SET state = @Event, wrapped_key = NULL, revoked_at = @RevokedAt, revocation_reason = @RevocationReason WHERE serial_number = @SerialNumber AND {Valid}",
            entry,
            transaction);
        connection.Execute(
            "UPDATE certificate SET revocation_reason = @RevocationReason WHERE serial_number = @SerialNumber AND revocation_reason <> @RevocationReason AND @RevocationReason = 'keyCompromise'",
            entry,
            transaction);
    }

    private void Acknowledge(LedgerEntry entry)
    {
        var changed = connection.Execute("UPDATE issuance_request SET acknowledged_at = @At WHERE request_id = @RequestId AND acknowledged_at IS NULL AND expired_at IS NULL", entry, transaction);
        if (changed == 0)
            return;
        report.Acknowledged++;
        connection.Execute("UPDATE certificate SET state = 'Fetched', wrapped_key = NULL WHERE request_id = @RequestId AND state IN ('Reserved', 'Issued')", entry, transaction);
    }

    /// <summary>Counts against the quotas that the backup knows; the rest is told.</summary>
    private void Charge(string factory, string model, int amount)
    {
        var quotas = connection.Query<(long Id, long Left)>(
            "SELECT id, amount - used FROM quota WHERE factory = @factory AND model = @model AND state = 'Approved' AND ends_on >= @day AND used < amount ORDER BY ends_on, id",
            new { factory, model, day = UtcText.DayOf(report.Backup.MadeAt) },
            transaction).AsList();
        foreach (var (id, left) in quotas)
        {
            var n = (int)Math.Min(left, amount);
            connection.Execute("UPDATE quota SET used = used + @n WHERE id = @id", new { id, n }, transaction);
            amount -= n;
        }

        var key = $"{factory} {model}";
        if (amount > 0)
            report.Uncharged[key] = report.Uncharged.GetValueOrDefault(key) + amount;
    }

    /// <summary>
    /// The CRL of the backup lacks what was revoked since: it is not served again. Numbers go on above all that may have been published meanwhile (RFC 5280, 5.2.3): not more than one a second.
    /// </summary>
    private void ReplaceCrls()
    {
        var skipped = (long)Math.Max(0, (report.RestoredAt - report.Backup.MadeAt).TotalSeconds) + 1000;
        connection.Execute("UPDATE crl SET content = NULL", transaction: transaction);
        connection.Execute(
            "INSERT INTO crl (issuer, number, this_update, next_update, entries, content) SELECT issuer, MAX(number) + @skipped, @never, @never, 0, x'' FROM crl GROUP BY issuer",
            new { skipped, never = UtcText.Of(DateTimeOffset.UnixEpoch) },
            transaction);
    }
}
