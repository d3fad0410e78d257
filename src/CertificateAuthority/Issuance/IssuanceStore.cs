using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The CA's memory. Every method that changes something is one transaction, on the disk when it returns. Bulk rows go through one prepared command each,
/// because a day's batch is written twice (reserved, issued) within the second it takes.
/// </summary>
internal sealed class IssuanceStore(Database database, AuditTrail audit, IssuedLedger ledger, QuotaBook quotas, Succession succession, ReservedProfiles profiles, TimeProvider time)
{
    private const string RequestColumns = """
        request_id AS RequestId, kind AS Kind, caller AS Caller, content_sha256 AS ContentSha256,
        first_certificate AS FirstCertificate, certificate_count AS CertificateCount, acknowledged_at AS AcknowledgedAt, expired_at AS ExpiredAt, profiles AS Profiles
        """;

    private string Now => UtcText.Of(time.GetUtcNow());

    private string Today => UtcText.DayOf(time.GetUtcNow());

    /// <summary>The request of this id, or null.</summary>
    public RequestRecord? FindRequest(RequestId requestId) => database.Read(connection => FindRequest(connection, null, requestId));

    /// <summary>
    /// Stores the order and its certificates as reserved. A re-issue supersedes the valid certificate in the same transaction. Where the request is there already
    /// (the same call came twice at once) nothing is stored.
    /// </summary>
    /// <returns>The request as it stands in the store, and whether these certificates are its own.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.AlreadyIssued"/>; <see cref="ErrorCode.NotFound"/> where there is nothing to replace.</exception>
    public Task<(RequestRecord Request, bool IsNew)> ReserveAsync(IssuanceOrder order, IReadOnlyList<CertificateRecord> certificates, CancellationToken cancellationToken) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                if (FindRequest(connection, transaction, order.RequestId) is { } earlier)
                    return (earlier, false);
                var first = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM certificate", transaction: transaction);
                var request = new RequestRecord(order.RequestId.ToString(), order.Kind.ToString(), order.Caller, order.ContentSha256, first, certificates.Count, null, null, null);
                connection.Execute(
                    """
                    INSERT INTO issuance_request (request_id, kind, caller, content_sha256, reason, first_certificate, certificate_count, received_at, profiles)
                    VALUES (@RequestId, @Kind, @Caller, @ContentSha256, @Reason, @FirstCertificate, @CertificateCount, @Now, @Profiles)
                    """,
                    new { request.RequestId, request.Kind, request.Caller, request.ContentSha256, order.Reason, request.FirstCertificate, request.CertificateCount, Now, Profiles = profiles.Seal(request.RequestId, certificates) },
                    transaction);
                for (var i = 0; i < certificates.Count; i++)
                    certificates[i].Id = first + i;
                if (order.IsReplacement)
                    succession.Supersede(connection, transaction, order, certificates.Single());
                else
                    quotas.Consume(connection, transaction, order.Caller, order.MachineNumbers);
                if (order.PublicKey is { } publicKey)
                    BoardKeys.Take(connection, transaction, publicKey, order.MachineNumbers.Single());
                KeyPool.Take(connection, transaction, certificates.Select(certificate => certificate.PooledKey).OfType<long>());
                Insert(connection, transaction, request.RequestId, certificates);
                audit.Append(connection, transaction, order.Actor, order.Kind + "Reserved", request.RequestId, detail: Digest(certificates));
                ledger.Append([LedgerEntry.Requested(order), .. certificates.Select(certificate => LedgerEntry.Reserved(request.RequestId, order.Caller, certificate))]);
                return (request, true);
            },
            cancellationToken);

    /// <summary>Stores the signatures of <paramref name="certificates"/>: Reserved → Issued, all or none.</summary>
    /// <returns>False where one of them is not reserved any more; then nothing has changed.</returns>
    public async Task<bool> IssueAsync(string requestId, IReadOnlyList<CertificateRecord> certificates, CancellationToken cancellationToken)
    {
        CertificateLife.Require(CertificateState.Reserved, CertificateState.Issued);
        try
        {
            await database.WriteAsync(
                (connection, transaction) =>
                {
                    StoreSignatures(connection, transaction, certificates, Now);
                    CountIssued(connection, transaction, requestId, certificates);
                    audit.Append(connection, transaction, AuditTrail.Itself, "Issued", requestId, detail: Digest(certificates));
                },
                cancellationToken);
            return true;
        }
        catch (ProvisioningException conflict) when (conflict.Code == ErrorCode.Conflict)
        {
            return false;
        }
    }

    /// <summary><paramref name="count"/> certificates from row <paramref name="first"/> on.</summary>
    public List<CertificateRecord> Load(long first, long count) => database.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT id, machine_number, serial_number, issuer, not_after, state, to_be_signed, wrapped_key, signature
            FROM certificate WHERE id >= @first AND id < @end ORDER BY id
            """;
        Add(command, "@first").Value = first;
        Add(command, "@end").Value = first + count;
        using var reader = command.ExecuteReader();
        var certificates = new List<CertificateRecord>();
        while (reader.Read())
        {
            certificates.Add(new CertificateRecord
            {
                Id = reader.GetInt64(0),
                MachineNumber = MachineNumber.Parse(reader.GetString(1)),
                SerialNumber = SerialNumber.Parse(reader.GetString(2)),
                Issuer = reader.GetInt32(3),
                NotAfter = UtcText.Parse(reader.GetString(4)),
                State = Enum.Parse<CertificateState>(reader.GetString(5)),
                ToBeSigned = (byte[])reader.GetValue(6),
                WrappedKey = reader.GetValue(7) as byte[],
                Signature = reader.GetValue(8) as byte[],
            });
        }

        return certificates;
    });

    /// <summary>The caller has stored the packs: Issued → Fetched, and the private keys are emptied. Repeating it changes nothing.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownRequest"/>, <see cref="ErrorCode.NotAuthorized"/>, or <see cref="ErrorCode.Conflict"/> while not all are issued.</exception>
    public Task AcknowledgeAsync(RequestId requestId, string caller, CancellationToken cancellationToken)
    {
        CertificateLife.Require(CertificateState.Issued, CertificateState.Fetched);
        return database.WriteAsync(
            (connection, transaction) =>
            {
                var request = FindRequest(connection, transaction, requestId)
                    ?? throw new ProvisioningException(ErrorCode.UnknownRequest, $"This CA has no request {requestId}.");
                if (request.Caller != caller)
                    throw new ProvisioningException(ErrorCode.NotAuthorized, $"Request {requestId} is another terminal's.");
                if (request.ExpiredAt is not null)
                    throw new ProvisioningException(ErrorCode.KeysExpired, $"Request {requestId} was not acknowledged in time: its certificates are revoked. Order the numbers again with a new id, and use none of them.");
                if (request.AcknowledgedAt is not null)
                    return;
                var rows = new { request.RequestId, First = request.FirstCertificate, End = request.FirstCertificate + request.CertificateCount, Now };
                var open = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate WHERE id >= @First AND id < @End AND state = 'Reserved'", rows, transaction);
                if (open > 0)
                    throw new ProvisioningException(ErrorCode.Conflict, $"{open} certificates of request {requestId} are not issued yet. Send the request again first.");
                var stored = connection.Query<(string Model, long Amount)>(
                    "SELECT SUBSTR(machine_number, 1, 4), COUNT(*) FROM certificate WHERE id >= @First AND id < @End AND state = 'Issued' GROUP BY SUBSTR(machine_number, 1, 4)",
                    rows,
                    transaction);
                foreach (var (model, amount) in stored)
                    CounterBook.Add(connection, transaction, Today, caller, ModelCode.Parse(model), CounterEvent.Acknowledged, amount);
                connection.Execute("UPDATE certificate SET state = 'Fetched', wrapped_key = NULL WHERE id >= @First AND id < @End AND state = 'Issued'", rows, transaction);
                connection.Execute("UPDATE issuance_request SET acknowledged_at = @Now, profiles = NULL WHERE request_id = @RequestId AND acknowledged_at IS NULL", rows, transaction);
                audit.Append(connection, transaction, Terminal(caller), "Acknowledged", request.RequestId);
                ledger.Append([LedgerEntry.Acknowledged(request.RequestId, rows.Now)]);
            },
            cancellationToken);
    }

    private static RequestRecord? FindRequest(DbConnection connection, DbTransaction? transaction, RequestId requestId) =>
        connection.QuerySingleOrDefault<RequestRecord>(
            $"SELECT {RequestColumns} FROM issuance_request WHERE request_id = @id",
            new { id = requestId.ToString() },
            transaction);

    private static void Insert(DbConnection connection, DbTransaction transaction, string requestId, IReadOnlyList<CertificateRecord> certificates)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            INSERT INTO certificate (id, request_id, machine_number, serial_number, issuer, not_after, state, to_be_signed, wrapped_key)
            VALUES (@id, @request, @machine, @serial, @issuer, @notAfter, 'Reserved', @tbs, @key)
            """;
        var (id, request, machine) = (Add(command, "@id"), Add(command, "@request"), Add(command, "@machine"));
        var (serial, toBeSigned, key) = (Add(command, "@serial"), Add(command, "@tbs"), Add(command, "@key"));
        var (issuer, notAfter) = (Add(command, "@issuer"), Add(command, "@notAfter"));
        request.Value = requestId;
        foreach (var certificate in certificates)
        {
            id.Value = certificate.Id;
            machine.Value = certificate.MachineNumber.ToString();
            serial.Value = certificate.SerialNumber.ToString();
            issuer.Value = certificate.Issuer;
            notAfter.Value = UtcText.Of(certificate.NotAfter);
            toBeSigned.Value = certificate.ToBeSigned;
            key.Value = certificate.WrappedKey ?? (object)DBNull.Value;
            try
            {
                command.ExecuteNonQuery();
            }
            catch (DbException cause) when (Succession.FindValid(connection, transaction, certificate.MachineNumber.ToString()) is not null)
            {
                throw new ProvisioningException(ErrorCode.AlreadyIssued, $"{certificate.MachineNumber} already has a valid certificate. Nothing of this request was issued.", cause);
            }
        }
    }

    private void CountIssued(DbConnection connection, DbTransaction transaction, string requestId, IReadOnlyList<CertificateRecord> certificates)
    {
        var (kind, factory) = connection.QuerySingle<(string, string)>("SELECT kind, caller FROM issuance_request WHERE request_id = @requestId", new { requestId }, transaction);
        var counted = kind switch
        {
            "Issue" => CounterEvent.Issued,
            "Sign" => CounterEvent.Signed,
            "Reissue" or "Resign" => CounterEvent.Reissued,
            "Renew" => CounterEvent.Renewed,
            _ => throw new InvalidOperationException($"Request {requestId} is of a kind that nobody counts: {kind}."),
        };
        CounterBook.Add(connection, transaction, Today, factory, certificates.Select(certificate => certificate.MachineNumber), counted);
    }

    private static void StoreSignatures(DbConnection connection, DbTransaction transaction, IReadOnlyList<CertificateRecord> certificates, string now)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "UPDATE certificate SET state = 'Issued', signature = @signature, issued_at = @now WHERE id = @id AND state = 'Reserved'";
        var (id, signature) = (Add(command, "@id"), Add(command, "@signature"));
        Add(command, "@now").Value = now;
        foreach (var certificate in certificates)
        {
            id.Value = certificate.Id;
            signature.Value = certificate.Signature;
            if (command.ExecuteNonQuery() != 1)
                throw new ProvisioningException(ErrorCode.Conflict, $"The certificate of {certificate.MachineNumber} is not reserved any more.");
        }
    }

    private static string Terminal(string name) => $"{Role.CommunicationTerminal} {name}";

    /// <summary>What ties the rows to the audit trail: how many, from which row on, and SHA-256 over what is signed and, once there are any, the signatures.</summary>
    private static string Digest(IReadOnlyList<CertificateRecord> certificates)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in certificates)
        {
            hash.AppendData(certificate.ToBeSigned);
            hash.AppendData(certificate.Signature ?? []);
        }

        return string.Create(CultureInfo.InvariantCulture, $$"""{"first":{{certificates[0].Id}},"count":{{certificates.Count}},"sha256":"{{Convert.ToHexStringLower(hash.GetHashAndReset())}}"}""");
    }

    private static DbParameter Add(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
