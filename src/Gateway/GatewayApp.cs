using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Gateway.BoardApi;
using ProvisioningStation.Gateway.Center;
using ProvisioningStation.Gateway.Images;
using ProvisioningStation.Gateway.Updates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Metrics;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Gateway;

/// <summary>The gateway at a customer's site: between the devices in its network and whoever looks after them.</summary>
public static class GatewayApp
{
    /// <summary>Builds it.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var data = builder.Services.Select(service => service.ImplementationInstance).OfType<DataDirectory>().Single();
        builder.Services.AddSingleton(Settings.Read<CenterOptions>(builder.Configuration, "Center"));
        builder.Services.AddSingleton<CenterReports>();
        builder.AddImages();
        builder.AddUpdates(data);
        builder.AddMetricsPage();
        var identity = TlsIdentity.Load(tls, data); // behind all settings: a wrong one is said before a missing certificate
        builder.Services.AddSingleton(_ => identity);
        builder.Services.AddSingleton(_ => KeyProtection.Load(data.Resolve(tls.WrappingKey)));
        builder.ListenWithMutualTls(identity, listen);
        var app = builder.Build();
        app.UseProblemDocuments();
        app.MapHealth();
        app.MapMetrics(Role.Operator);
        app.MapBoardApi();
        var api = app.MapGroup("/api");
        api.MapImages();
        api.MapUpdates();
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<UpdateMetrics>());
        return app;
    }
}
