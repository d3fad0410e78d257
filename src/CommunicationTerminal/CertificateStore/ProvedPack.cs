using System.Data.Common;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Does to a proved unit's pack what the setting says (P-20), in the transaction of the proof or of the sweep.</summary>
internal static class ProvedPack
{
    /// <summary>Purges <paramref name="attempt"/>, the certificate that was proved. Doing it again changes nothing.</summary>
    public static void Settle(DbConnection connection, DbTransaction transaction, AfterProof setting, MachineNumber number, int attempt)
    {
        switch (setting)
        {
            case AfterProof.KeepWithFlag:
                return;
            case AfterProof.PurgeKey:
                StoredCertificate.WipeKey(connection, transaction, number, attempt);
                return;
            case AfterProof.DeleteRow:
                StoredCertificate.DeleteAll(connection, transaction, number);
                return;
            default:
                throw new ArgumentOutOfRangeException(nameof(setting), setting, null);
        }
    }
}
