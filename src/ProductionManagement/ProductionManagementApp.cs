using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.ProductionManagement.Faults;
using ProvisioningStation.ProductionManagement.Plans;

namespace ProvisioningStation.ProductionManagement;

/// <summary>Stands in for the factory's own production management system (P-4): it knows the plan and serves it.</summary>
public static class ProductionManagementApp
{
    /// <summary>Builds the program from its command line.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var plan = Settings.Read<PlanOptions>(builder.Configuration, "Plan");
        var faults = Settings.Read<FaultOptions>(builder.Configuration, "Faults");
        var identity = TlsIdentity.Load(Settings.Read<TlsOptions>(builder.Configuration, "Tls"), data);
        builder.ListenWithMutualTls(identity, Settings.Read<ListenOptions>(builder.Configuration, "Listen"));
        builder.Services.AddSingleton(plan).AddSingleton(faults).AddSingleton(_ => identity).AddSingleton<FaultScript>().AddSingleton<PlanEndpoint>();

        var app = builder.Build();
        app.UseProblemDocuments();
        app.MapGet("/plan", (HttpContext context, string? month, string? format, PlanEndpoint endpoint) => endpoint.HandleAsync(context, month, format))
            .RequireRole(Role.CommunicationTerminal, Role.Operator);
        app.MapHealth();
        return app;
    }
}
