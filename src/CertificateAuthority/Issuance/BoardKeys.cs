using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Which machine a board-made key belongs to (table <c>board_key</c>): one key never proves two identities.</summary>
internal static class BoardKeys
{
    /// <summary>Notes that the key is this machine's, inside the transaction that reserves the certificate.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/> where it is another's, or is known to be compromised.</exception>
    public static void Take(DbConnection connection, DbTransaction transaction, byte[] publicKey, MachineNumber machineNumber)
    {
        var row = new { sha256 = Convert.ToHexStringLower(SHA256.HashData(publicKey)), machineNumber = machineNumber.ToString() };
        var owner = connection.QuerySingleOrDefault<string>("SELECT machine_number FROM board_key WHERE sha256 = @sha256", row, transaction);
        if (owner is null)
            connection.Execute("INSERT INTO board_key (sha256, machine_number) VALUES (@sha256, @machineNumber)", row, transaction);
        else if (owner != row.machineNumber)
            throw new ProvisioningException(ErrorCode.InvalidCertificateRequest, $"The public key for {machineNumber} stands in another machine number's certificate already. Each board has to make a key of its own.");
        else if (IsCompromised(connection, transaction, publicKey, row.machineNumber))
            throw new ProvisioningException(ErrorCode.InvalidCertificateRequest, $"The public key for {machineNumber} stood in a certificate that was revoked because its key was compromised. The board has to make a new key.");
    }

    private static bool IsCompromised(DbConnection connection, DbTransaction transaction, byte[] publicKey, string machineNumber) => connection.Query<byte[]>(
        """
        SELECT to_be_signed FROM certificate
        WHERE machine_number = @machineNumber AND state IN ('Superseded', 'Revoked', 'Purged') AND revocation_reason = @reason
        """,
        new { machineNumber, reason = RevocationReasons.NameOf(RevocationReason.KeyCompromise) },
        transaction).Any(toBeSigned => toBeSigned.AsSpan().IndexOf(publicKey) >= 0);
}
