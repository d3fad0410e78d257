using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>What the CA knows of one machine number.</summary>
/// <param name="MachineNumber">The number.</param>
/// <param name="Current">Its one valid certificate; absent where it has none now.</param>
/// <param name="Earlier">Those that were superseded or revoked, the oldest first.</param>
/// <param name="History">What the audit trail says of it, the oldest first.</param>
public sealed record MachineDetail(string MachineNumber, CertificateSummary? Current, IReadOnlyList<CertificateSummary> Earlier, IReadOnlyList<AuditEvent> History);
