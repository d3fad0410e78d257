using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// What the database knows of the keys beside it, written at each start: the generations of the issuing CA for devices (<c>issuing_ca</c>) and the common certificates
/// (<c>common_certificate</c>). A service whose generation is gone or was exchanged does not start: it could not revoke what stands under it.
/// </summary>
internal sealed class GenerationRegister(Database database, AuditTrail audit, AuthorityFiles files, IssuingCas issuers, TimeProvider time) : IHostedService
{
    /// <inheritdoc/>
    /// <exception cref="ConfigurationException">A generation that has certificates is missing, or is not the one that was recorded.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            RecordIssuing(connection, transaction);
            RecordCommon(connection, transaction);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void RecordIssuing(DbConnection connection, DbTransaction transaction)
    {
        var recorded = connection.Query<(int Number, string KeyIdentifier, byte[] Certificate)>("SELECT number, key_identifier, certificate FROM issuing_ca ORDER BY number", transaction: transaction).ToList();
        foreach (var (number, _, certificate) in recorded)
            RequirePresent(connection, transaction, number, certificate);
        foreach (var issuer in issuers.All.Where(issuer => recorded.TrueForAll(row => row.Number != issuer.Number)))
        {
            var keyIdentifier = Convert.ToHexStringLower(issuer.KeyIdentifier.Span);
            if (recorded.Any(row => row.KeyIdentifier == keyIdentifier))
                throw new ConfigurationException($"Generation {issuer.Number} of the issuing CA for devices has the key of an earlier generation. Take {FileOf(issuer.Number)} away and renew again.");
            connection.Execute(
                "INSERT INTO issuing_ca (number, key_identifier, certificate, added_at) VALUES (@Number, @keyIdentifier, @certificate, @now)",
                new { issuer.Number, keyIdentifier, certificate = issuer.Chain[0], now = UtcText.Of(time.GetUtcNow()) },
                transaction);
            audit.Append(connection, transaction, AuditTrail.Itself, "IssuingCaAdded", $"devices {issuer.Number}", detail: keyIdentifier);
        }
    }

    private void RequirePresent(DbConnection connection, DbTransaction transaction, int number, byte[] certificate)
    {
        if (issuers.Find(number) is { } present)
        {
            if (!present.Chain[0].AsSpan().SequenceEqual(certificate))
                throw new ConfigurationException($"{FileOf(number)} is not the certificate under which this CA has issued. It was exchanged; put the right one back from a copy.");
        }
        else if (connection.ExecuteScalar<int>("SELECT CASE WHEN EXISTS (SELECT 1 FROM certificate WHERE issuer = @number) THEN 1 ELSE 0 END", new { number }, transaction) == 1)
        {
            throw new ConfigurationException($"{FileOf(number)} is missing, and there are certificates that it has signed. Put it and its key back from a copy: without them nothing of it can be revoked.");
        }
    }

    private void RecordCommon(DbConnection connection, DbTransaction transaction)
    {
        var now = UtcText.Of(time.GetUtcNow());
        var recorded = connection.Query<(int Number, string SerialNumber, string? ReplacedAt)>("SELECT number, serial_number, replaced_at FROM common_certificate", transaction: transaction).ToList();
        var generations = files.Generations(AuthorityFiles.CommonCertificate);
        foreach (var generation in generations.Where(generation => recorded.TrueForAll(row => row.Number != generation.Number)))
        {
            using var certificate = generation.Files.Load();
            var serialNumber = certificate.SerialNumber.ToLowerInvariant();
            connection.Execute(
                "INSERT INTO common_certificate (number, serial_number, certificate, added_at) VALUES (@Number, @serialNumber, @RawData, @now)",
                new { generation.Number, serialNumber, certificate.RawData, now },
                transaction);
            audit.Append(connection, transaction, AuditTrail.Itself, "CommonCertificateAdded", serialNumber);
            recorded.Add((generation.Number, serialNumber, null));
        }

        foreach (var (number, serialNumber, _) in recorded.Where(row => row.ReplacedAt is null && row.Number < recorded.Max(other => other.Number)))
        {
            connection.Execute("UPDATE common_certificate SET replaced_at = @now WHERE number = @number AND replaced_at IS NULL", new { now, number }, transaction);
            audit.Append(connection, transaction, AuditTrail.Itself, "CommonCertificateReplaced", serialNumber);
        }
    }

    private string FileOf(int number) => files.Generation(AuthorityFiles.Devices, number).Files.CertificateFile;
}
