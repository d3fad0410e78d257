using ProvisioningStation.Factory;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Factory;

/// <summary>The unit that the launcher names to somebody who is to scan by hand.</summary>
public sealed class FirstUnitTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;

    public async Task InitializeAsync() => _authority = await FakeCertificateAuthority.StartAsync();

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Fact]
    public async Task EveryBoardMakesItsKey_IsAUnitThatIsOnlyPlanned() =>
        Assert.Equal("A123-100001", await FirstUnitAsync(["--ManagedModels:Models:0:BoardMakesKey=true", "--ManagedModels:Models:1:BoardMakesKey=true"], "A123"));

    [Fact]
    public async Task PackInStore_ComesFirst() =>
        Assert.Equal("A123-100001", await FirstUnitAsync(["--ManagedModels:Models:0:BoardMakesKey=true"], "3012", "A123"));

    [Fact]
    public async Task NothingToBuild_IsNull() => Assert.Null(await FirstUnitAsync([], "3013"));

    private async Task<string?> FirstUnitAsync(string[] overrides, params string[] models)
    {
        await using var terminal = new TerminalUnderTest(_authority.Url, ["--Listen:Port=0", "--ManagerListen:Port=0", .. overrides]);
        await terminal.PlanAsync([.. models.Select(model => terminal.Row(model, 2))]);
        await terminal.RunBatchAsync();
        await terminal.StartAsync();
        using var identity = TestPki.Shared.Part(Role.Operator, "operator");
        using var manager = new OperatorClient(terminal.Address, identity, Role.CommunicationTerminal);
        return await FactoryRun.FirstUnitAsync(manager, default);
    }
}
