using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>The service API for administrators, approvers, auditors and operators: REST and problem documents under <c>/api</c>.</summary>
internal static class AdminApiFeature
{
    public static void AddAdminApi(this WebApplicationBuilder builder)
    {
    }

    /// <summary>The group that every feature maps its calls on.</summary>
    public static RouteGroupBuilder MapAdminApi(this WebApplication app) => app.MapGroup("/api");
}
