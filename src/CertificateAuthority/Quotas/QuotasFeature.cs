using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Quotas and production orders (P-30).</summary>
internal static class QuotasFeature
{
    public static void AddQuotas(this WebApplicationBuilder builder)
    {
    }

    public static void MapQuotas(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
