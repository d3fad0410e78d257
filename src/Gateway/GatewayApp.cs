using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
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
        var identity = TlsIdentity.Load(tls, data); // behind all settings: a wrong one is said before a missing certificate
        builder.Services.AddSingleton(_ => identity);
        builder.ListenWithMutualTls(identity, listen);
        var app = builder.Build();
        app.UseProblemDocuments();
        app.MapHealth();
        return app;
    }
}
