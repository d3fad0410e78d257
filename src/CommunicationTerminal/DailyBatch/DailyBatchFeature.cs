using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>The day's units and their packs (P-6, P-7).</summary>
internal static class DailyBatchFeature
{
    /// <summary>Registers allocation, requests and acknowledgements.</summary>
    public static void AddDailyBatch(this WebApplicationBuilder builder)
    {
        builder.Services
            .AddSingleton(Settings.Read<ManagedModelsOptions>(builder.Configuration, "ManagedModels"))
            .AddSingleton(Settings.Read<DailyBatchOptions>(builder.Configuration, "DailyBatch"))
            .AddSingleton<ManagedModels>()
            .AddSingleton<BatchAllocation>()
            .AddSingleton<Acknowledgements>()
            .AddSingleton<ExpiredRequests>();
        builder.Services.AddJob<DailyBatchJob>();
    }
}
