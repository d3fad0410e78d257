using System.Globalization;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>Power cuts while a correction of an issued day comes as a file and the manager confirms it: it is asked for once, decided once, and the file is gone from the folder.</summary>
public sealed class CorrectionKillTests
{
    public static TheoryData<string> Points => [.. CommunicationTerminalKillPoints.OnTheCorrection];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task TerminalThatDiesInACorrection_EndsWithItDecidedOnce(string point)
    {
        await using var factory = TestFactory.Prepare(PlansFromAFolder);
        await factory.SetUpAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        floor.CertificateAuthority.Start();
        await floor.ApproveQuotasAsync(factory.Layout, CancellationToken.None);
        var inbox = Directory.CreateDirectory(Path.Combine(factory.Layout.CommunicationTerminal, "plan-inbox")).FullName;
        floor.Terminal.Start();
        await PutAsync(inbox, 10);
        await Wait.UntilAsync("the batch", async () => await CountIssuedAsync(floor) == 10);

        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Operator));
        using var client = new PartClient(floor.Terminal.Address, identity, TimeSpan.FromMinutes(1), Role.CommunicationTerminal);
        var order = new KillOrder(factory.Directory, point);
        await floor.Terminal.RestartAsync(order.Environment);
        await PutAsync(inbox, 6);
        await Wait.UntilAsync("the decision or the death", async () => floor.Terminal.Process!.Ended.IsCompleted || await TryConfirmAsync(client));
        await order.AssertCarriedOutAsync(floor.Terminal.Process!);

        await floor.Terminal.RestartAsync();
        await Wait.UntilAsync("the decision", async () => await TryConfirmAsync(client) && Directory.GetFiles(inbox).Length == 0);
        Assert.Equal(["10 6"], Query<string>(factory, "SELECT before_count || ' ' || after_count FROM plan_correction"));
        Assert.Equal([6], Query<int>(factory, "SELECT unit_count FROM plan_row"));
        Assert.Equal([1], Query<int>(factory, "SELECT COUNT(*) FROM plan_pull WHERE outcome = 'Confirmed'"));
        Assert.Equal([0], Query<int>(factory, "SELECT COUNT(*) FROM plan_pull WHERE outcome = 'Waiting'"));
        Assert.Equal([0], Query<int>(factory, "SELECT COUNT(*) FROM plan_draft_row"));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(inbox, "taken"), "*.csv").Length);
    }

    /// <summary>Whether the correction is confirmed, after trying to.</summary>
    private static async Task<bool> TryConfirmAsync(PartClient client)
    {
        try
        {
            foreach (var waiting in await client.GetAsync<IReadOnlyList<PullResult>>("api/plan/differences", CancellationToken.None))
                await client.PostAsync<PullResult>(string.Create(CultureInfo.InvariantCulture, $"api/plan/pulls/{waiting.Pull.Id}/confirm"), null, CancellationToken.None);
            return (await client.GetAsync<IReadOnlyList<PulledPlan>>("api/plan/pulls", CancellationToken.None)).Any(pull => pull.Outcome == PlanOutcome.Confirmed);
        }
        catch (ProvisioningException)
        {
            return false; // dead, or not up yet
        }
    }

    private static async Task<int> CountIssuedAsync(FactoryFloor floor)
    {
        try
        {
            return (await floor.Terminal.Client.GetTodayAsync(CancellationToken.None)).Models.Sum(model => model.Issued);
        }
        catch (ProvisioningException)
        {
            return 0; // not up yet
        }
    }

    /// <summary>As a careful system does: under another name first.</summary>
    private static async Task PutAsync(string inbox, int count)
    {
        var file = Path.Combine(inbox, "plan.csv.part");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"date,model,count\r\n{DateTime.Now:yyyy-MM-dd},3012,{count}\r\n"));
        File.Move(file, Path.Combine(inbox, "plan.csv"));
    }

    private static string PlansFromAFolder(string file, string text) => file != "communication-terminal.json" ? text : text
        .Replace("\"Format\": \"Json\",", "\"Format\": \"Json\", \"Source\": \"Folder\", \"CheckEvery\": \"00:00:01\",", StringComparison.Ordinal)
        .Replace("\"ManagedModels\": {", "\"PlanFolder\": { \"SettleTime\": \"00:00:00.200\" },\n  \"ManagedModels\": {", StringComparison.Ordinal);

    private static IReadOnlyList<T> Query<T>(TestFactory factory, string sql) => SqliteFile.Query<T>(factory.Layout.CommunicationTerminal, "communication-terminal.db", sql);
}
