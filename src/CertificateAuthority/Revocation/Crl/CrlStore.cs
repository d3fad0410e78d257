using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Revocation.Crl;

/// <summary>A CRL as it stands in table <c>crl</c>.</summary>
internal sealed record CrlRecord(int Issuer, long Number, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, int Entries)
{
    /// <summary>The signed CRL, DER.</summary>
    public required byte[] Content { get; init; }
}

/// <summary>The CRLs made so far: numbers and times of all, the latest of each generation whole. And what the next one has to list.</summary>
internal sealed class CrlStore(Database database, AuditTrail audit)
{
    /// <summary>The latest CRL of a generation, or null.</summary>
    public CrlRecord? FindLatest(int issuer) => database.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT number, this_update, next_update, entries, content FROM crl WHERE issuer = @issuer ORDER BY number DESC LIMIT 1";
        Add(command, "@issuer", issuer);
        using var reader = command.ExecuteReader();
        return !reader.Read()
            ? null
            : new CrlRecord(issuer, reader.GetInt64(0), UtcText.Parse(reader.GetString(1)), UtcText.Parse(reader.GetString(2)), reader.GetInt32(3)) { Content = (byte[])reader.GetValue(4) };
    });

    /// <summary>
    /// Everything of a generation that was taken out of use and had not ended by <paramref name="cutoff"/>. What has ended earlier was on a CRL after its end already and goes
    /// (RFC 5280, 3.3).
    /// </summary>
    public CrlWriter ReadEntries(int issuer, DateTimeOffset cutoff) => database.Read(connection =>
    {
        using var transaction = connection.BeginTransaction();
        var count = connection.ExecuteScalar<int>("SELECT COUNT(*) FROM certificate WHERE issuer = @issuer AND state IN ('Superseded', 'Revoked')", new { issuer }, transaction);
        var entries = new CrlWriter(count);
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            SELECT serial_number, revoked_at, revocation_reason FROM certificate
            WHERE issuer = @issuer AND state IN ('Superseded', 'Revoked') AND not_after >= @cutoff ORDER BY id
            """;
        Add(command, "@issuer", issuer);
        Add(command, "@cutoff", UtcText.Of(cutoff));
        using var reader = command.ExecuteReader();
        while (reader.Read())
            entries.Add(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2));
        return entries;
    });

    /// <summary>Stores a CRL; of the earlier ones the number and times stay.</summary>
    public Task StoreAsync(CrlRecord crl, string actor, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            connection.Execute("UPDATE crl SET content = NULL WHERE issuer = @Issuer AND content IS NOT NULL", new { crl.Issuer }, transaction);
            connection.Execute(
                "INSERT INTO crl (issuer, number, this_update, next_update, entries, content) VALUES (@Issuer, @Number, @ThisUpdate, @NextUpdate, @Entries, @Content)",
                new { crl.Issuer, crl.Number, ThisUpdate = UtcText.Of(crl.ThisUpdate), NextUpdate = UtcText.Of(crl.NextUpdate), crl.Entries, crl.Content },
                transaction);
            var detail = $$"""{"number":{{crl.Number}},"entries":{{crl.Entries}},"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(crl.Content))}}"}""";
            audit.Append(connection, transaction, actor, "CrlPublished", string.Create(CultureInfo.InvariantCulture, $"devices-{crl.Issuer}"), detail: detail);
        },
        cancellationToken);

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
