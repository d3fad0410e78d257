using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.ManagementCenter;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>The center's side of SubmitResponse.</summary>
public sealed class CenterStandIn : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("center").FullName;
    private readonly WebApplication _app;

    private CenterStandIn()
    {
        var builder = ProgramHost.CreateBuilder(["--data", _directory]);
        builder.Logging.ClearProviders();
        builder.ListenWithMutualTls(TestPki.Shared.Part(Role.ManagementCenter, "center"), new ListenOptions());
        _app = builder.Build();
        _app.MapSoap("ManagementCenter", soap => soap.Operation<SubmitResponseRequest, SubmitResponseResponse>(
            (request, _, _) =>
            {
                Told.Enqueue((DateTimeOffset.UtcNow, request));
                return Task.FromResult(new SubmitResponseResponse());
            },
            Role.Gateway));
    }

    /// <summary>What it was told, and when.</summary>
    public ConcurrentQueue<(DateTimeOffset At, SubmitResponseRequest Message)> Told { get; } = new();

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<CenterStandIn> StartAsync()
    {
        var center = new CenterStandIn();
        await center._app.StartAsync();
        return center;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
