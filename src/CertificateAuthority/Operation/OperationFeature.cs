using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.CertificateAuthority.Operation.Backups;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.CertificateAuthority.Operation.Metrics;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Metrics;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>Watching over the store, metrics, backup.</summary>
internal static class OperationFeature
{
    public static void AddOperation(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<IntegrityOptions>(builder.Configuration, "Integrity"));
        builder.Services.AddSingleton<ClockGuard>();
        builder.Services.AddSingleton<StoreCheck>();
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService, StartCheck>()); // before anything is signed or recorded
        builder.Services.AddHostedService<IntegrityJob>();
        builder.Services.AddSingleton(Settings.Read<BackupOptions>(builder.Configuration, "Backup"));
        builder.Services.AddSingleton<BackupFiles>();
        builder.Services.AddHostedService<BackupJob>();
        builder.Services.AddSingleton<Readiness>();
        foreach (var condition in (string[])["signing", "database", "disk", "issuing-ca"])
            builder.Services.AddSingleton(services => services.GetRequiredService<Readiness>().Of(condition));
        builder.AddMetricsPage();
        builder.Services.AddSingleton<AuthorityMetrics>();
    }

    public static void MapOperation(this WebApplication app, RouteGroupBuilder api)
    {
        app.MapMetrics(Role.Operator, Role.Administrator, Role.Auditor);
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<AuthorityMetrics>());
        api.MapSigning();
        api.MapBackups();
    }
}
