using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.OperatorApi;

/// <summary>What launcher and command line ask: the day and lists of units.</summary>
internal static class OperatorApiFeature
{
    /// <summary>Registers the endpoints.</summary>
    public static void AddOperatorApi(this WebApplicationBuilder builder) => builder.Services.AddSingleton<UnitsEndpoint>().AddSingleton<TodayEndpoint>();

    /// <summary>Maps <c>/api/units</c> and <c>/api/today</c>.</summary>
    public static void MapOperatorApi(this RouteGroupBuilder api)
    {
        api.MapGet("/units", (UnitsEndpoint endpoint, UnitState? state, string? model, string? after, int? limit) => endpoint.List(state, model, after, limit))
            .RequireRole(Role.Operator);
        api.MapGet("/today", (TodayEndpoint endpoint) => endpoint.Get()).RequireRole(Role.Operator);
    }
}
