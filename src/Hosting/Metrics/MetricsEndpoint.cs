using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Hosting.Metrics;

/// <summary>Serves a program's metrics over mutual TLS.</summary>
public static class MetricsEndpoint
{
    /// <summary>Collects from the start on.</summary>
    public static void AddMetricsPage(this WebApplicationBuilder builder) => builder.Services.AddMetrics().AddSingleton<MeterReadings>();

    /// <summary>Maps <c>GET /metrics</c> for peers of <paramref name="roles"/>.</summary>
    public static void MapMetrics(this WebApplication app, params Role[] roles)
    {
        var collection = app.Services.GetRequiredService<MeterReadings>();
        app.MapGet("/metrics", () => Results.Text(collection.Write(), PrometheusText.ContentType)).RequireRole(roles).ExcludeFromDescription();
    }
}
