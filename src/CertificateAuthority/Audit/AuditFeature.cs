using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>The audit trail's checkpoints, export and check (P-31).</summary>
internal static class AuditFeature
{
    public static void AddAudit(this WebApplicationBuilder builder)
    {
    }

    public static void MapAudit(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
