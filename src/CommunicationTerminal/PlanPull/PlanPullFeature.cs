using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The production plan: where it comes from and what is known of it (P-4, P-5).</summary>
internal static class PlanPullFeature
{
    /// <summary>Registers the plan's sources, tables and job.</summary>
    /// <exception cref="ConfigurationException">The database is to be asked and no query is set.</exception>
    public static void AddPlanPull(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<PlanPullOptions>(builder.Configuration, "PlanPull");
        var asked = Settings.Read<PlanDatabaseOptions>(builder.Configuration, "PlanDatabase");
        if (options.Source == PlanSource.Database && string.IsNullOrWhiteSpace(asked.Query))
            throw new ConfigurationException("PlanDatabase:Query: PlanPull:Source is Database, and no query is set. One SELECT that gives date, model and count is needed.");
        builder.Services.AddSingleton(options).AddSingleton(asked).AddSingleton(Settings.Read<PlanFolderOptions>(builder.Configuration, "PlanFolder"));
        builder.Services.AddSingleton(new DataDirectory(builder.Environment.ContentRootPath));
        builder.Services.AddSingleton<IPlanSource>(options.Source == PlanSource.Database
            ? static services => ActivatorUtilities.CreateInstance<DatabasePlanSource>(services)
            : CreateHttpSource);
        builder.Services.AddSingleton<PlanStore>().AddSingleton<PullHistory>().AddSingleton<PlanDifference>().AddSingleton<PlanIntake>().AddSingleton<PlanDecisions>();
        builder.Services.AddSingleton<PlanFolder>().AddSingleton<PlanPulls>().AddSingleton<PlanOverview>().AddSingleton<PlanEndpoint>();
        builder.Services.AddJob<PlanPullJob>();
    }

    /// <summary>Maps the plan for operators.</summary>
    public static void MapPlanPull(this WebApplication app, RouteGroupBuilder api) => PlanEndpoint.Map(api);

    private static HttpPlanSource CreateHttpSource(IServiceProvider services)
    {
        var options = services.GetRequiredService<PlanPullOptions>();
        var handler = services.GetRequiredService<TlsIdentity>()
            .CreateHandler(peer => peer.Role == Role.ProductionManagement, "the production management system", ErrorCode.PlanUnavailable);
        var http = new HttpClient(handler) { Timeout = options.Timeout, MaxResponseContentBufferSize = PlanReader.MaxBytes };
        return new HttpPlanSource(http, options);
    }
}
