using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.ProductionManagement;
using ProvisioningStation.ProductionManagement.Faults;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>The production management system as it is built for production, with the sample configuration, on a free port.</summary>
internal sealed class RunningProductionManagement : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WebApplication _app;

    private RunningProductionManagement(string[] overrides)
    {
        TestPki.Shared.WritePart(_directory.Path, Role.ProductionManagement, "production-management");
        _app = ProductionManagementApp.Build(
            ["--config", RepositoryFiles.Resolve("station-config/production-management.json"), "--data", _directory.Path, "--Listen:Port=0", .. overrides]);
    }

    public Uri Url { get; private set; } = null!;

    public int Requests => _app.Services.GetRequiredService<FaultScript>().Requests;

    public static async Task<RunningProductionManagement> StartAsync(params string[] overrides)
    {
        var running = new RunningProductionManagement(overrides);
        await running._app.StartAsync();
        running.Url = new Uri(running._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        return running;
    }

    public string File(string name) => _directory[name];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}
