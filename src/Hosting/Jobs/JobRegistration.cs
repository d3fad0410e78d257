using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ProvisioningStation.Hosting.Jobs;

/// <summary>Registers jobs.</summary>
public static class JobRegistration
{
    /// <summary>Registers a job that others may signal, so that it runs as long as the program.</summary>
    public static IServiceCollection AddJob<TJob>(this IServiceCollection services)
        where TJob : class, IHostedService => services.AddSingleton<TJob>().AddHostedService(provider => provider.GetRequiredService<TJob>());
}
