using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.ProductionManagement;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>A morning without enough quota, with the real CA: the manager reads why, and the batch goes on by itself once it is approved.</summary>
public sealed class QuotaAtTheTerminalTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;
    private WebApplication _production = null!;
    private WebApplication _terminal = null!;

    public async Task InitializeAsync()
    {
        _ca = await RunningAuthority.StartWithoutQuotasAsync();
        _production = await StartAsync(ProductionManagementApp.Build, "production-management", "--Plan:Models:0:CountPerDay=30", "--Plan:Models:3:CountPerDay=20");
        _terminal = await StartAsync(
            args => CommunicationTerminalApp.Build(args),
            "communication-terminal",
            "--DailyBatch:ChunkSize=20",
            "--DailyBatch:ChunksInFlight=1", // the chunk of 20 is to be counted before the one of 10
            "--DailyBatch:CheckEvery=00:00:02",
            $"--CertificateAuthority:Address={_ca.Address}",
            $"--PlanPull:Url={AddressOf(_production)}plan");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _production.DisposeAsync();
        await _ca.DisposeAsync();
    }

    [Fact]
    public async Task BatchWithoutQuota_SaysWhatWaitsAndGoesOnByItselfOnceApproved()
    {
        await _ca.ApproveQuotaAsync("3012", 20);
        using var identity = _ca.Identity("operator");
        using var manager = new OperatorClient(AddressOf(_terminal), identity, Role.CommunicationTerminal);

        // Each request that waits is tried again by itself, and waits for nothing meanwhile.
        var waiting = await WaitAsync(manager, day => day.BatchError?.Contains("10 units of model 3012, 20 units of model A123 wait", StringComparison.Ordinal) == true && Issued(day) == 20);
        Assert.Contains("goes on by itself", waiting.BatchError, StringComparison.Ordinal);

        await _ca.ApproveQuotaAsync("3012", 10);
        var fewer = await WaitAsync(manager, day => Issued(day) == 30);
        Assert.Equal(30, fewer.Models.Single(model => model.Model == "3012").Issued);

        await _ca.ApproveQuotaAsync("A123", 20);
        Assert.Equal(50, Issued(await WaitAsync(manager, day => Issued(day) == 50 && day.BatchError is null)));
    }

    private static int Issued(DaySummary day) => day.Models.Sum(model => model.Issued);

    private static async Task<DaySummary> WaitAsync(OperatorClient manager, Func<DaySummary, bool> reached)
    {
        for (var i = 0; i < 1200; i++)
        {
            var day = await manager.GetTodayAsync(default);
            if (reached(day))
                return day;
            await Task.Delay(100);
        }

        var last = await manager.GetTodayAsync(default);
        Assert.Fail($"{Issued(last)} issued; {last.BatchError}; {last.PullError}");
        return last;
    }

    private async Task<WebApplication> StartAsync(Func<string[], WebApplication> build, string name, params string[] overrides)
    {
        var app = build(["--config", RepositoryFiles.Resolve($"station-config/{name}.json"), "--data", Path.Combine(_ca.Directory, name), "--Listen:Port=0", "--ManagerListen:Port=0", .. overrides]);
        await app.StartAsync();
        return app;
    }

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");
}
