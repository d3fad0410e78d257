using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CommunicationTerminal.OperatorApi;

/// <summary>What launcher and command line ask: the day.</summary>
internal static class OperatorApiFeature
{
    /// <summary>Registers the endpoints.</summary>
    public static void AddOperatorApi(this WebApplicationBuilder builder) => builder.Services.AddSingleton<TodayEndpoint>();

    /// <summary>Maps <c>/api/today</c>.</summary>
    public static void MapOperatorApi(this RouteGroupBuilder api)
    {
        api.MapGet("/today", (TodayEndpoint endpoint) => endpoint.Get()).RequireRole(Role.Operator);
    }
}
