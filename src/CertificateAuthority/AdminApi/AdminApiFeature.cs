using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.CertificateAuthority.Search;
using ProvisioningStation.Hosting.Audit;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>The service API for administrators, approvers, auditors and operators: REST and problem documents under <c>/api</c>.</summary>
internal static class AdminApiFeature
{
    public static void AddAdminApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditGathering>();
        builder.Services.AddSingleton<Refusals>();
        builder.Services.AddSingleton<IdempotentAnswers>();
        builder.Services.AddSingleton<ApiCalls>();
        builder.AddApiDescription();
        builder.AddSearch();
    }

    /// <summary>The group that every feature maps its calls on.</summary>
    public static RouteGroupBuilder MapAdminApi(this WebApplication app)
    {
        ApiCalls.Use(app);
        var api = app.MapGroup(ApiCalls.Root.Value!);
        api.AddEndpointFilter(app.Services.GetRequiredService<ApiCalls>().RecordReadAsync);
        api.AddEndpointFilter(EntityTag.TagAsync);
        api.MapApiDescription();
        api.MapSearch();
        return api;
    }
}
