using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.Today.Live;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>The pages Today and Models, their figures, and what keeps them up to date in the browser (P-23).</summary>
internal static class TodayFeature
{
    /// <summary>Registers them.</summary>
    public static void AddToday(this WebApplicationBuilder builder)
    {
        builder.Services
            .AddSingleton<StoreChanges>()
            .AddSingleton<TodayNumbers>()
            .AddSingleton<ModelNumbers>()
            .AddSingleton<GetLineProgress>()
            .AddSingleton<LiveEndpoint>();
        builder.Services.AddJob<AuthorityContact>();
        builder.Services.AddJob<LiveFeed>();
        builder.Services.AddLive<TodayParts>("today");
        builder.Services.AddLive<ModelsParts>("models");
    }

    /// <summary>Maps <c>/live</c>.</summary>
    public static void MapToday(this WebApplication app) => LiveEndpoint.Map(app.MapForManagers());

    /// <summary>Adds what stations call. It is no request of the line's order of arrival: it waits for no scan, and none waits for it.</summary>
    public static void AddLineProgress(this SoapEndpoint soap, IServiceProvider services) =>
        soap.Operation<GetLineProgressRequest, GetLineProgressResponse>(services.GetRequiredService<GetLineProgress>().HandleAsync, Role.LineStation);
}
