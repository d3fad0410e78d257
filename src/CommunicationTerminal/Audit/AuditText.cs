namespace ProvisioningStation.CommunicationTerminal.Audit;

/// <summary>The texts of the audit trail: <c>AuditText.resx</c> and <c>AuditText.ja.resx</c>.</summary>
internal sealed class AuditText;
