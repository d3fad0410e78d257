using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>The terminal dies while it tidies its store: what an administrator revoked, and keys that a changed setting does not let it keep.</summary>
public sealed class StoreKillTests
{
    [Theory]
    [InlineData(CommunicationTerminalKillPoints.BeforeRevokedTaken)]
    [InlineData(CommunicationTerminalKillPoints.AfterRevokedTaken)]
    public async Task TerminalThatDiesOverACrl_TakesRevokedPacksOutOnce(string point)
    {
        await using var factory = await TestFactory.StartAsync(lines: 0);
        var terminal = factory.Floor.Terminal;
        var unit = (await terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        using (var administrator = OpenAuthority(factory))
        {
            await administrator.PostAsync<RevocationAnswer>("api/revocations", new RevocationRequest { MachineNumber = unit, Reason = "keyCompromise" }, CancellationToken.None);
            await administrator.PostAsync<Page<CrlSummary>>("api/crl", null, CancellationToken.None);
        }

        await DieAndStartAgainAsync(factory, point);
        await Wait.UntilAsync("the stock without it", async () => (await factory.FindUnitAsync(unit)).State == UnitState.ReissuePending);
        await Wait.UntilAsync("the CRL to be noted", () => Task.FromResult(Terminal<int>(factory, "SELECT COUNT(*) FROM seen_crl") == 1));
        Assert.Equal(1, Terminal<int>(factory, "SELECT COUNT(*) FROM unit_event WHERE what = 'Revoked'"));
        Assert.Equal([(unit, "Revoked")], SqliteFile.Query<(string, string)>(factory.Layout.CommunicationTerminal, "communication-terminal.db", "SELECT machine_number, outcome FROM certificate WHERE wrapped_key IS NULL"));
        using var line = new LineCalls(factory, "1002");
        Assert.Equal(2, (await line.RequestAsync(MachineNumber.Parse(unit))).Attempt);
    }

    [Theory]
    [InlineData(CommunicationTerminalKillPoints.BeforeKeysSwept)]
    [InlineData(CommunicationTerminalKillPoints.AfterKeysSwept)]
    public async Task TerminalThatDiesOverAChangedSetting_CarriesItThrough(string point)
    {
        await using var factory = await TestFactory.StartAsync((file, text) => file == "communication-terminal.json" ? text.Replace("PurgeKey", "KeepWithFlag", StringComparison.Ordinal) : text, lines: 0);
        var number = MachineNumber.Parse((await factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber);
        using (var line = new LineCalls(factory, "1002"))
        {
            await line.RequestAsync(number);
            await line.ReportAsync(number, 1, succeeded: true, "written");
            await line.ProveAsync(number, 1);
        }

        Assert.Equal(80, Terminal<int>(factory, "SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL"));
        var file = factory.Layout.ConfigurationFile("communication-terminal");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("KeepWithFlag", "PurgeKey", StringComparison.Ordinal));
        await DieAndStartAgainAsync(factory, point);
        await Wait.UntilAsync("the setting to be carried through", () => Task.FromResult(Terminal<string>(factory, "SELECT value FROM terminal_fact WHERE name = 'after-proof'") == "PurgeKey"));
        Assert.Equal(number.ToString(), Terminal<string>(factory, "SELECT machine_number FROM certificate WHERE wrapped_key IS NULL"));
        Assert.Equal(UnitState.Proved, (await factory.FindUnitAsync(number.ToString())).State);
    }

    private static async Task DieAndStartAgainAsync(TestFactory factory, string point)
    {
        var terminal = factory.Floor.Terminal;
        var order = new KillOrder(factory.Directory, point);
        await terminal.RestartAsync(order.Environment);
        await order.AssertCarriedOutAsync(terminal.Process!);
        await terminal.RestartAsync();
        await terminal.WaitUntilHealthyAsync(CancellationToken.None);
    }

    private static PartClient OpenAuthority(TestFactory factory) => new(
        factory.Floor.CertificateAuthority.Address,
        TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Administrator)),
        TimeSpan.FromSeconds(10),
        Role.CertificateAuthority);

    private static T Terminal<T>(TestFactory factory, string sql) => SqliteFile.Query<T>(factory.Layout.CommunicationTerminal, "communication-terminal.db", sql)[0];
}
