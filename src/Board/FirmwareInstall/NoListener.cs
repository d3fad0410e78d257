using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>What stands in the SOAP listener's place in the small updater: nothing listens.</summary>
internal sealed class NoListener : IServer
{
    /// <inheritdoc/>
    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>Lets the listener that <paramref name="services"/> hold listen only where a firmware runs.</summary>
    public static void ReplaceInUpdater(IServiceCollection services)
    {
        var listener = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.AddSingleton(provider => provider.GetRequiredService<RunningFirmware>().IsUpdater ? new NoListener() : (IServer)ActivatorUtilities.CreateInstance(provider, listener));
    }

    /// <inheritdoc/>
    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
