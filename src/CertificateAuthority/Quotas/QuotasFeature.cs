using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Quotas.ProductionOrders;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Quotas, production orders (P-30), and the statistics that stand beside them.</summary>
internal static class QuotasFeature
{
    public static void AddQuotas(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<QuotaOptions>(builder.Configuration, "Quotas"));
        builder.Services.AddSingleton<QuotaRules>();
        builder.Services.AddSingleton<QuotaStore>();
        builder.Services.AddSingleton<QuotaEndpoints>();
        builder.Services.AddSingleton<SignedOrderReader>();
        builder.Services.AddSingleton<ProductionOrderStore>();
        builder.Services.AddSingleton<ProductionOrderEndpoint>();
        builder.Services.AddSingleton<StatisticsReader>();
        builder.Services.AddSingleton<StatisticsEndpoint>();
    }

    public static void MapQuotas(this WebApplication app, RouteGroupBuilder api)
    {
        app.Services.GetRequiredService<QuotaEndpoints>().Map(api);
        app.Services.GetRequiredService<ProductionOrderEndpoint>().Map(api);
        app.Services.GetRequiredService<StatisticsEndpoint>().Map(api);
    }
}
