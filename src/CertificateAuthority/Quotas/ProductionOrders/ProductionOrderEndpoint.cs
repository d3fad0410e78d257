using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas.ProductionOrders;

/// <summary><c>POST /api/production-orders</c>: a signed order of a factory. Its signature says whose it is; whoever brings it only needs to be allowed to bring it.</summary>
internal sealed class ProductionOrderEndpoint(SignedOrderReader reader, ProductionOrderStore store)
{
    public void Map(RouteGroupBuilder api) => api.MapPost("/production-orders", TakeAsync).RequireRole(Role.Administrator, Role.ProductionManagement)
        .WithName("ImportProductionOrder")
        .WithSummary("Takes a signed production order (CMS SignedData, DER or PEM, content inside). Each line becomes a proposed quota; the same order again gives the same quotas.")
        .Accepts<byte[]>("application/cms", "application/pkcs7-mime", "application/x-pem-file")
        .Produces<ImportedOrder>()
        .Produces<ImportedOrder>(StatusCodes.Status201Created);

    private async Task<IResult> TakeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        var (order, isNew) = await store.TakeAsync(reader.Read(body.ToArray()), context.GetPeer(), cancellationToken);
        return isNew ? Results.Json(order, statusCode: StatusCodes.Status201Created) : Results.Json(order);
    }
}
