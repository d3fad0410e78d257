using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Which machine a board-made key belongs to (table <c>board_key</c>): one key never proves two identities.</summary>
internal static class BoardKeys
{
    /// <summary>Notes that the key is this machine's, inside the transaction that reserves the certificate.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/> where it is another's.</exception>
    public static void Take(DbConnection connection, DbTransaction transaction, byte[] publicKey, MachineNumber machineNumber)
    {
        var row = new { sha256 = Convert.ToHexStringLower(SHA256.HashData(publicKey)), machineNumber = machineNumber.ToString() };
        var owner = connection.QuerySingleOrDefault<string>("SELECT machine_number FROM board_key WHERE sha256 = @sha256", row, transaction);
        if (owner is null)
            connection.Execute("INSERT INTO board_key (sha256, machine_number) VALUES (@sha256, @machineNumber)", row, transaction);
        else if (owner != row.machineNumber)
            throw new ProvisioningException(ErrorCode.InvalidCertificateRequest, $"The public key for {machineNumber} stands in another machine number's certificate already. Each board has to make a key of its own.");
    }
}
