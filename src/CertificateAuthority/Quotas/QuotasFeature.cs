using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Quotas and production orders (P-30).</summary>
internal static class QuotasFeature
{
    public static void AddQuotas(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<QuotaOptions>(builder.Configuration, "Quotas"));
        builder.Services.AddSingleton<QuotaRules>();
        builder.Services.AddSingleton<QuotaStore>();
        builder.Services.AddSingleton<QuotaEndpoints>();
    }

    public static void MapQuotas(this WebApplication app, RouteGroupBuilder api) => app.Services.GetRequiredService<QuotaEndpoints>().Map(api);
}
