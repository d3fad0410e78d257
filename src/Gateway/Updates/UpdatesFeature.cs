using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Gateway.Center;
using ProvisioningStation.Gateway.Devices;
using ProvisioningStation.Gateway.Images;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Gateway.Updates;

/// <summary>The updates of this gateway's devices.</summary>
internal static class UpdatesFeature
{
    public static void AddUpdates(this WebApplicationBuilder builder, DataDirectory data)
    {
        var options = Settings.Read<UpdatesOptions>(builder.Configuration, "Updates");
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(Settings.Read<DevicesOptions>(builder.Configuration, "Devices"));
        builder.Services.AddSingleton<DeviceBook>();
        builder.Services.AddSingleton(_ => UpdateStore.Open(data));
        builder.Services.AddSingleton<UpdateStore>();
        builder.Services.AddSingleton(services => new UpdateRunner(
            services.GetRequiredService<UpdateStore>(),
            new UpdatingSide(services.GetRequiredService<TlsIdentity>().Name, services.GetRequiredService<DeviceBook>().Find, services.GetRequiredService<ImageStore>().Open)
            {
                Limits = options.ToLimits(),
                Parallel = options.Parallel,
                ReportAsync = services.GetRequiredService<CenterReports>().ReportAsync,
            },
            services.GetRequiredService<TlsIdentity>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<UpdateRunner>>()));
        builder.Services.AddJob<UpdateJob>();
        builder.Services.AddUpdateHistory(options.KeepHistory);
        builder.Services.AddSingleton<UpdateOrders>();
        builder.Services.AddSingleton<UpdateEndpoints>();
        builder.Services.AddSingleton<UpdateMetrics>();
    }

    public static void MapUpdates(this RouteGroupBuilder api)
    {
        var updates = api.MapGroup("/updates").RequireRole(Role.Operator);
        updates.MapGet(string.Empty, (UpdateEndpoints endpoint, string? machineNumber, string? cursor, int? limit) => endpoint.List(machineNumber, cursor, limit));
        updates.MapPost(string.Empty, (UpdateEndpoints endpoint, HttpContext context, UpdateOrder order) => endpoint.StartAsync(context, order));
        updates.MapGet("/{id:guid}", (UpdateEndpoints endpoint, Guid id) => endpoint.Get(id));
        updates.MapPost("/{id:guid}/abort", (UpdateEndpoints endpoint, Guid id, CancellationToken cancellationToken) => endpoint.AbortAsync(id, cancellationToken));
    }
}
