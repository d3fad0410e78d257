using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Operation.Integrity;

/// <summary>How damage is said, the same at every check, so that what an administrator has accepted is recognised.</summary>
internal static class DatabaseDamage
{
    /// <summary>What SQLite says by itself, wherever it meets a damaged page.</summary>
    public const string Key = "database-damaged";

    public static string Sentence(string said) => $"The database is damaged: SQLite says '{said}'. Restore the last backup (CertificateAuthority restore), or decide that it can be used as it is.";

    /// <summary>Closes the gate for everything that is wrong with a trail.</summary>
    public static void Stop(this SigningGate gate, AuditChain chain)
    {
        foreach (var finding in chain.Findings)
            gate.Stop($"The audit trail is broken at entry {finding.Sequence} ({finding.Fault}): {finding.Sentence}", $"audit-{finding.Fault}-{finding.Sequence}");
    }
}
