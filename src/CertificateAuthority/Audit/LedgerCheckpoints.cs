using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>
/// The CA's checkpoints stand in the ledger too, outside the database, so that a database that was put back shows. None is made while signing is stopped: what was found must not be signed
/// over before an administrator has decided.
/// </summary>
internal static class LedgerCheckpoints
{
    /// <summary>The CA's rules.</summary>
    public static CheckpointRules Of(IssuedLedger ledger, SigningGate? gate) => new()
    {
        MayBeMade = () => gate?.Reason is null,
        Signed = static () => KillPoint.Reached(CertificateAuthorityKillPoints.BeforeCheckpoint),
        Stored = checkpoint =>
        {
            ledger.Append([LedgerEntry.CheckpointOf(checkpoint)]);
            KillPoint.Reached(CertificateAuthorityKillPoints.CheckpointInLedger);
        },
        Made = static () => KillPoint.Reached(CertificateAuthorityKillPoints.AfterCheckpoint),
    };
}
