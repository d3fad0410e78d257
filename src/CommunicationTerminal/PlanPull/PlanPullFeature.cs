using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The production plan: where it comes from and what is known of it (P-4, P-5).</summary>
internal static class PlanPullFeature
{
    /// <summary>Registers the plan's source, store and job.</summary>
    public static void AddPlanPull(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<PlanPullOptions>(builder.Configuration, "PlanPull"));
        builder.Services.AddSingleton<PlanStore>().AddSingleton(CreateClient);
        builder.Services.AddJob<PlanPullJob>();
    }

    private static PlanClient CreateClient(IServiceProvider services)
    {
        var options = services.GetRequiredService<PlanPullOptions>();
        var handler = services.GetRequiredService<TlsIdentity>()
            .CreateHandler(peer => peer.Role == Role.ProductionManagement, "the production management system", ErrorCode.PlanUnavailable);
        var http = new HttpClient(handler) { Timeout = options.Timeout, MaxResponseContentBufferSize = PlanReader.MaxBytes };
        return new PlanClient(http, options);
    }
}
