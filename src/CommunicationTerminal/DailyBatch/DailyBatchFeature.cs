using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;

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
            .AddSingleton<BatchSchedule>()
            .AddSingleton<DayPlan>()
            .AddSingleton<BatchAllocation>()
            .AddSingleton<PlanCorrections>()
            .AddSingleton<LeftOvers>()
            .AddSingleton<Retries>()
            .AddSingleton<BatchWaits>()
            .AddSingleton<BatchRate>()
            .AddSingleton<PacksOnTheirWay>()
            .AddSingleton<CertificateReturnRequests>()
            .AddSingleton<ChunkRequests>()
            .AddSingleton<Acknowledgements>()
            .AddSingleton<ExpiredRequests>();
        builder.Services.AddJob<DailyBatchJob>();
        builder.Services.AddSingleton<BatchProgress>().AddSingleton<BatchRun>();
    }

    /// <summary>Maps <c>GET /api/batch</c> and <c>POST /api/batch/run</c>.</summary>
    public static void MapDailyBatch(this IEndpointRouteBuilder api)
    {
        api.MapGet("/batch", (BatchProgress progress) => progress.ReadWithLeftOvers()).RequireRole(Role.Operator);
        api.MapPost("/batch/run", async (BatchRun run, BatchProgress progress, HttpContext context) =>
        {
            await run.AskAsync(context.GetPeer().ToString(), context.RequestAborted);
            return progress.Read();
        }).RequireRole(Role.Operator);
    }
}
