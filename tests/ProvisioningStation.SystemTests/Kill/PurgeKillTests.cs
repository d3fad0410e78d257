using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>The terminal dies while it deletes a model's packs (P-22): the next start goes on, nothing is deleted that was not ordered, nothing stays.</summary>
public sealed class PurgeKillTests
{
    public static TheoryData<string> Points => [.. CommunicationTerminalKillPoints.OnThePurge];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task TerminalThatDies_FinishesThePurgeAtItsNextStart(string point)
    {
        await using var factory = await TestFactory.StartAsync(lines: 0);
        var terminal = factory.Floor.Terminal;
        var order = new KillOrder(factory.Directory, point);
        await terminal.RestartAsync(order.Environment);
        await terminal.WaitUntilHealthyAsync(CancellationToken.None);
        var unused = Terminal(factory, "SELECT COUNT(*) FROM unit WHERE state = 'Stored' AND model = 'A123'");
        Assert.True(unused > 0);
        try
        {
            using var client = OpenClient(factory);
            await client.PostAsync<PurgeReceipt>("api/purge", new PurgeRequest("A123", unused, EvenIfPlanned: true), CancellationToken.None);
        }
        catch (ProvisioningException lost) when (lost.Code == ErrorCode.Unreachable)
        {
            // It died before it answered.
        }

        await order.AssertCarriedOutAsync(terminal.Process!);
        Assert.Equal(1, Terminal(factory, "SELECT COUNT(*) FROM purge WHERE state = 'Open'"));
        await terminal.RestartAsync();
        await terminal.WaitUntilHealthyAsync(CancellationToken.None);
        await Wait.UntilAsync("the purge", () => Task.FromResult(Terminal(factory, "SELECT COUNT(*) FROM purge WHERE state = 'Done' AND deleted_count = expected_count") == 1));
        Assert.Equal(unused, Terminal(factory, "SELECT COUNT(*) FROM unit WHERE state = 'Purged' AND model = 'A123'"));
        Assert.Equal(unused, Terminal(factory, "SELECT COUNT(*) FROM purged_certificate"));
        Assert.Equal(unused, Terminal(factory, "SELECT COUNT(*) FROM unit_event WHERE what = 'Purged'"));
        Assert.Equal(0, Terminal(factory, "SELECT COUNT(*) FROM certificate WHERE machine_number LIKE 'A123%'"));
        Assert.Equal(Terminal(factory, "SELECT COUNT(*) FROM unit WHERE model = '3012'"), Terminal(factory, "SELECT COUNT(*) FROM certificate"));
        Assert.Equal(2, Terminal(factory, "SELECT COUNT(*) FROM audit_event WHERE action IN ('PurgeOrdered', 'PurgeDone')"));
    }

    private static PartClient OpenClient(TestFactory factory) => new(
        factory.Floor.Terminal.Address,
        TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Operator)),
        TimeSpan.FromSeconds(10),
        Role.CommunicationTerminal);

    private static int Terminal(TestFactory factory, string sql) => SqliteFile.Query<int>(factory.Layout.CommunicationTerminal, "communication-terminal.db", sql)[0];
}
