using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ProvisioningStation.LineStation.Workers;

/// <summary>Who works at the line; its options are read where badges are told from other codes.</summary>
internal static class WorkersFeature
{
    /// <summary>Registers it.</summary>
    public static void AddWorkers(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SignedInWorker>();
        builder.Services.AddSingleton<SignIn>();
    }
}
