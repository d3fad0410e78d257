using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A gateway's side of the wire for boards, over a real socket with mutual TLS: it writes down what boards tell it.</summary>
public sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryDirectory _directory = new();

    private FakeGateway(TlsIdentity identity, int port)
    {
        var builder = ProgramHost.CreateBuilder(["--data", _directory.Path]);
        builder.Logging.ClearProviders();
        builder.ListenWithMutualTls(identity, new ListenOptions { Port = port });
        _app = builder.Build();
        _app.MapSoap("Gateway", soap =>
        {
            soap.Operation<NotifyPowerOnRequest, NotifyPowerOnResponse>((request, _, _) => NoteAsync($"on {request.MachineNumber} {request.FirmwareVersion}", new NotifyPowerOnResponse()), Role.Device);
            soap.Operation<BeginUpdateRequest, BeginUpdateResponse>((request, _, _) => NoteAsync($"begin {request.MachineNumber}", new BeginUpdateResponse()), Role.Device);
            soap.Operation<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>((request, _, _) => NoteAsync($"password {request.Id} {request.Password}", new StoreUpdatePasswordResponse()), Role.Device);
        });
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What was told, in its order.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>Thrown instead of an answer, while set.</summary>
    public Func<ProvisioningException?> Refusal { get; set; } = static () => null;

    public static async Task<FakeGateway> StartAsync(TestPki pki, int port = 0, Role role = Role.Gateway, string name = "site-1")
    {
        var gateway = new FakeGateway(pki.Part(role, name), port);
        await gateway._app.StartAsync(CancellationToken.None);
        gateway.Url = new Uri(gateway._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return gateway;
    }

    /// <summary>Waits until something that begins so was told, and gives the last of it.</summary>
    public async Task<string> HearAsync(string beginning, int count = 1)
    {
        while (true)
        {
            var heard = Heard.Where(line => line.StartsWith(beginning, StringComparison.Ordinal)).ToList();
            if (heard.Count >= count)
                return heard[^1];
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private Task<T> NoteAsync<T>(string what, T answer)
    {
        if (Refusal() is { } refusal)
            throw refusal;
        Heard.Enqueue(what);
        return Task.FromResult(answer);
    }
}
