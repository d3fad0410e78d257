using ProvisioningStation.Hosting.Audit;

namespace ProvisioningStation.CommunicationTerminal.Audit;

/// <summary>The terminal's audit trail: every change that a person makes, in a hash chain (P-31).</summary>
internal static class AuditFeature
{
    /// <summary>Registers trail and reader.</summary>
    public static void AddAudit(this WebApplicationBuilder builder) => builder.Services.AddSingleton<AuditTrail>().AddSingleton<AuditReader>();
}
