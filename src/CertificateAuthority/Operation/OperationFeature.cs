using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>Watching over the store, metrics, backup.</summary>
internal static class OperationFeature
{
    public static void AddOperation(this WebApplicationBuilder builder)
    {
    }

    public static void MapOperation(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
