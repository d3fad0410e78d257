using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>One certificate of a unit: its <paramref name="Attempt"/> from 1, and what came of it.</summary>
/// <param name="Attempt">Which certificate of the unit.</param>
/// <param name="ChainId">Its chain.</param>
/// <param name="Fingerprint">As stored.</param>
/// <param name="Certificate">DER.</param>
/// <param name="WrappedKey">Null once nobody may need the key again.</param>
/// <param name="ReceivedAt">When the board had it.</param>
/// <param name="Outcome"><see cref="Succeeded"/>, <see cref="Failed"/>, <see cref="Expired"/>, <see cref="Revoked"/>, or null while it is not known.</param>
/// <param name="BoardMade">Whether the board has made the key (P-28), which therefore never was here.</param>
internal sealed record StoredCertificate(
    int Attempt,
    int ChainId,
    string Fingerprint,
    byte[] Certificate,
    byte[]? WrappedKey,
    string? ReceivedAt,
    string? Outcome,
    bool BoardMade)
{
    /// <summary>The board wrote it.</summary>
    public const string Succeeded = nameof(Succeeded);

    /// <summary>The board could not write it, or did not prove it.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>The CA has revoked it, because it was not told in time that it is stored here. It must not be handed over.</summary>
    public const string Expired = nameof(Expired);

    /// <summary>An administrator has revoked it at the CA. It must not be handed over.</summary>
    public const string Revoked = nameof(Revoked);

    private sealed record Row(long Attempt, long ChainId, string Fingerprint, byte[]? Certificate, byte[]? WrappedKey, string? ReceivedAt, string? Outcome, long BoardMade);

    /// <summary>Whether the CA has revoked it, for whichever reason.</summary>
    public bool IsRevoked => Outcome is Expired or Revoked;

    /// <summary>A certificate of a unit, null where there is none of that attempt. Of one whose row was deleted after the proof only the octets are missing.</summary>
    public static StoredCertificate? Find(DbConnection connection, DbTransaction? transaction, MachineNumber number, int attempt)
    {
        var row = connection.QueryFirstOrDefault<Row>(
            """
            SELECT attempt AS "Attempt", chain_id AS "ChainId", fingerprint AS "Fingerprint", certificate AS "Certificate", wrapped_key AS "WrappedKey",
                received_at AS "ReceivedAt", outcome AS "Outcome", board_made AS "BoardMade"
            FROM certificate WHERE machine_number = @number AND attempt = @attempt
            UNION ALL
            SELECT attempt, chain_id, fingerprint, NULL, NULL, received_at, outcome, board_made
            FROM deleted_certificate WHERE machine_number = @number AND attempt = @attempt
            """,
            new { number = number.ToString(), attempt },
            transaction);
        return row is null
            ? null
            : new StoredCertificate((int)row.Attempt, (int)row.ChainId, row.Fingerprint, row.Certificate ?? [], row.WrappedKey, row.ReceivedAt, row.Outcome, row.BoardMade != 0);
    }

    /// <summary>Stores a checked pack as the certificate of <paramref name="attempt"/>.</summary>
    public static void Insert(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt, CheckedPack pack, string now) => connection.Execute(
        """
        INSERT INTO certificate (machine_number, attempt, chain_id, fingerprint, certificate, wrapped_key, stored_at, serial_number, board_made)
        VALUES (@number, @attempt, @ChainId, @fingerprint, @Certificate, @WrappedKey, @now, @SerialNumber, @boardMade)
        """,
        new
        {
            number = number.ToString(),
            attempt,
            pack.ChainId,
            fingerprint = pack.Fingerprint.ToString(),
            pack.Certificate,
            pack.WrappedKey,
            now,
            pack.SerialNumber,
            boardMade = pack.WrappedKey is null ? 1 : 0,
        },
        transaction);

    /// <summary>Notes when the board had the pack, unless it is noted.</summary>
    public static void MarkReceived(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt, string now) => connection.Execute(
        "UPDATE certificate SET received_at = @now WHERE machine_number = @number AND attempt = @attempt AND received_at IS NULL",
        new { number = number.ToString(), attempt, now },
        transaction);

    /// <summary>Notes what came of it.</summary>
    public static void MarkOutcome(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt, string outcome)
    {
        foreach (var table in new[] { "certificate", "deleted_certificate" })
            connection.Execute($"UPDATE {table} SET outcome = @outcome WHERE machine_number = @number AND attempt = @attempt", new { number = number.ToString(), attempt, outcome }, transaction);
    }

    /// <summary>Deletes the key of a certificate that nobody may need again.</summary>
    public static void WipeKey(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt) => connection.Execute(
        "UPDATE certificate SET wrapped_key = NULL WHERE machine_number = @number AND attempt = @attempt",
        new { number = number.ToString(), attempt },
        transaction);

    /// <summary>Removes a certificate and its key, which the database overwrites.</summary>
    public static void Delete(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt) => connection.Execute(
        "DELETE FROM certificate WHERE machine_number = @number AND attempt = @attempt",
        new { number = number.ToString(), attempt },
        transaction);

    /// <summary>Deletes every certificate of a unit and keeps of each what reports that come again, and a CRL, name it by.</summary>
    public static void DeleteAll(DbConnection connection, DbTransaction transaction, MachineNumber number)
    {
        foreach (var (attempt, certificate) in connection.Query<(long, byte[])>("SELECT attempt, certificate FROM certificate WHERE machine_number = @number", new { number = number.ToString() }, transaction).ToList())
        {
            connection.Execute(
                """
                INSERT INTO deleted_certificate (machine_number, attempt, chain_id, fingerprint, serial_number, board_made, stored_at, received_at, outcome)
                SELECT machine_number, attempt, chain_id, fingerprint, @serialNumber, board_made, stored_at, received_at, outcome
                FROM certificate WHERE machine_number = @number AND attempt = @attempt
                """,
                new { number = number.ToString(), attempt, serialNumber = LeafCertificate.Parse(certificate).SerialNumber },
                transaction);
            Delete(connection, transaction, number, (int)attempt);
        }
    }

    /// <summary>The pack as a station gets it, with the key in clear: clear it after use.</summary>
    public CertificatePack ToPack(MachineNumber number, TrustedChain chain, KeyProtection protection) =>
        new(number, chain.Root, chain.Issuing, Certificate, WrappedKey is null ? null : protection.Unwrap(WrappedKey, number.ToString()));
}
