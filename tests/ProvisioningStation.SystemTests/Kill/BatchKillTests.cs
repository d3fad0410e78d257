using System.Text.Json.Nodes;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Factory;
using ProvisioningStation.Protocol;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>Power cuts in the first morning: the plan is pulled, numbers are allocated, the batch is issued and stored, and one program dies on the way.</summary>
public sealed class BatchKillTests
{
    public static TheoryData<string> TerminalPoints => [.. CommunicationTerminalKillPoints.OnTheBatch];

    public static TheoryData<string> AuthorityPoints => [.. CertificateAuthorityKillPoints.OnTheBatch];

    [Theory]
    [MemberData(nameof(TerminalPoints))]
    public Task TerminalThatDiesInTheBatch_LeavesEachUnitOneCertificate(string point) => KillAsync(point, floor => floor.Terminal);

    [Theory]
    [MemberData(nameof(AuthorityPoints))]
    public Task AuthorityThatDiesInTheBatch_LeavesEachUnitOneCertificate(string point) => KillAsync(point, floor => floor.CertificateAuthority);

    public static TheoryData<string> SurplusPoints => [.. CommunicationTerminalKillPoints.OnTheSurplus];

    public static TheoryData<string> LeftOverPoints => [.. CommunicationTerminalKillPoints.OnTheLeftOvers];

    [Theory]
    [MemberData(nameof(SurplusPoints))]
    public Task TerminalThatDiesWhileThePlanIsCorrected_GivesTheSurplusBackOnce(string point) => GiveBackAsync(
        point,
        15,
        """
        INSERT INTO plan_correction (pull_id, plan_date, model, before_count, before_first_serial, before_line, after_count, after_first_serial, after_line, state, confirmed_at, confirmed_by)
        SELECT 1, plan_date, model, unit_count, first_serial, line, unit_count - 15, first_serial, line, 'Confirmed', '2026-01-01T00:00:00.000Z', 'Manager test'
        FROM plan_row WHERE model = '3012' AND plan_date IN (SELECT plan_date FROM batch_day)
        """);

    [Theory]
    [MemberData(nameof(LeftOverPoints))]
    public Task TerminalThatDiesWhileLeftOversGoBack_GivesThemBackOnce(string point) =>
        GiveBackAsync(point, 40, "UPDATE unit SET plan_date = '2020-01-01' WHERE model = '3012'");

    private static async Task GiveBackAsync(string point, int count, string change)
    {
        await using var factory = await TestFactory.StartAsync(ReturnLeftOvers, lines: 0);
        var floor = factory.Floor;
        var order = new KillOrder(factory.Directory, point);
        Terminal(factory, change + "; SELECT 1");
        await floor.Terminal.RestartAsync(order.Environment);
        await order.AssertCarriedOutAsync(floor.Terminal.Process!);

        await floor.Terminal.RestartAsync();
        await Wait.UntilAsync("the CA to revoke what is given back", () => Task.FromResult(
            Authority(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Revoked'") == count && Terminal(factory, "SELECT COUNT(*) FROM certificate_return") == 0));
        Assert.Equal(count, Terminal(factory, "SELECT COUNT(*) FROM unit WHERE state = 'Withdrawn'"));
        Assert.Equal(80 - count, Terminal(factory, "SELECT COUNT(*) FROM unit WHERE state = 'Stored'"));
        Assert.Equal(80 - count, Terminal(factory, "SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL"));
        Assert.Equal(80 - count, Authority(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Fetched'"));
        Assert.Equal(1, Authority(factory, "SELECT COUNT(*) FROM certificate_return"));
        Assert.Equal(count, Terminal(factory, "SELECT COUNT(*) FROM unit_event WHERE what = 'Withdrawn'"));
    }

    private static string ReturnLeftOvers(string file, string text)
    {
        if (file != "communication-terminal.json")
            return text;
        var root = JsonNode.Parse(text)!;
        var batch = root["DailyBatch"] ??= new JsonObject();
        batch["LeftOvers"] = "Return";
        batch["LeftOverAfterDays"] = 1;
        return root.ToJsonString();
    }

    private static async Task KillAsync(string point, Func<FactoryFloor, Factory.Programs.ProgramSeat> choose)
    {
        await using var factory = TestFactory.Prepare();
        await factory.SetUpAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var victim = choose(floor);
        var order = new KillOrder(factory.Directory, point);
        floor.CertificateAuthority.Start(victim == floor.CertificateAuthority ? order.Environment : null);
        await floor.ApproveQuotasAsync(factory.Layout, CancellationToken.None);
        foreach (var program in new[] { floor.ProductionManagement, floor.Terminal })
            program.Start(program == victim ? order.Environment : null);
        await order.AssertCarriedOutAsync(victim.Process!);

        await victim.RestartAsync();
        await Wait.UntilAsync("the batch", async () =>
        {
            try
            {
                var day = await floor.Terminal.Client.GetTodayAsync(CancellationToken.None);
                return day.Models.Sum(model => model.Planned) == 80 && day.Models.Sum(model => model.Issued) == 80 && day.BatchError is null;
            }
            catch (ProvisioningException)
            {
                return false; // not up yet
            }
        });

        // Each unit has one certificate, the CA has no other, and it holds no key any more.
        await Wait.UntilAsync("the acknowledgement", () => Task.FromResult(Authority(factory, "SELECT COUNT(*) FROM certificate WHERE state <> 'Fetched' OR wrapped_key IS NOT NULL") == 0));
        Assert.Equal(80, Authority(factory, "SELECT COUNT(*) FROM certificate"));
        Assert.Equal(80, Authority(factory, "SELECT COUNT(DISTINCT machine_number) FROM certificate"));
        Assert.Equal(80, Authority(factory, "SELECT SUM(used) FROM quota"));
        Assert.Equal(80, Authority(factory, "SELECT SUM(amount) FROM issuance_counter WHERE event = 'Issued'"));
        Assert.Equal(80, Terminal(factory, "SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL"));
        Assert.Equal(80, Terminal(factory, "SELECT COUNT(*) FROM unit WHERE state = 'Stored'"));
    }

    private static int Authority(TestFactory factory, string sql) => SqliteFile.Query<int>(factory.Layout.CertificateAuthority, "certificate-authority.db", sql)[0];

    private static int Terminal(TestFactory factory, string sql) => SqliteFile.Query<int>(factory.Layout.CommunicationTerminal, "communication-terminal.db", sql)[0];
}
