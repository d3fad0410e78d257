using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Purging;

/// <summary>What is in store, and the end of a model's packs (P-22, P-23).</summary>
internal static class PurgingFeature
{
    /// <summary>Registers orders and job.</summary>
    public static void AddPurging(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PurgeOrders>().AddSingleton<Stock>();
        builder.Services.AddJob<PurgeJob>();
    }

    /// <summary>Maps <c>/api/stock</c> and <c>/api/purge</c>.</summary>
    public static void MapPurging(this RouteGroupBuilder api)
    {
        api.MapGet("/stock", (Stock stock) => stock.Read()).RequireRole(Role.Operator);
        api.MapGet("/purge", (PurgeOrders orders) => orders.List()).RequireRole(Role.Operator);
        api.MapGet("/purge/{model}", (PurgeOrders orders, string model) => orders.Preview(ModelCode.Parse(model))).RequireRole(Role.Operator);
        api.MapGet("/purge/receipts/{id:guid}", (PurgeOrders orders, Guid id) => orders.Get(id)).RequireRole(Role.Operator);
        api.MapPost("/purge", async (PurgeOrders orders, PurgeJob job, PurgeRequest request, HttpContext context, CancellationToken cancellationToken) =>
        {
            var id = await orders.OrderAsync(ModelCode.Parse(request.Model), request.ExpectedCount, request.EvenIfPlanned, context.GetPeer().ToString(), cancellationToken);
            job.Signal();
            return orders.Get(id);
        }).RequireRole(Role.Operator);
    }
}
