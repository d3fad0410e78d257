using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>The service API for administrators, approvers, auditors and operators: REST and problem documents under <c>/api</c>.</summary>
internal static class AdminApiFeature
{
    /// <summary>A value that can't be read is a problem document like every other refusal, not an empty answer.</summary>
    public static void AddAdminApi(this WebApplicationBuilder builder) => builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);

    /// <summary>The group that every feature maps its calls on.</summary>
    public static RouteGroupBuilder MapAdminApi(this WebApplication app) => app.MapGroup("/api");
}
