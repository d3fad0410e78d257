using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

public sealed class PlanHistoryTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;

    public async Task InitializeAsync() => _authority = await FakeCertificateAuthority.StartAsync();

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Fact]
    public async Task EveryPull_IsOnRecordWithItsOutcome()
    {
        await using var production = await RunningProductionManagement.StartAsync("--Faults:FailFirst=1");
        await using var terminal = new TerminalUnderTest(_authority.Url, $"--PlanPull:Url={production.Url}plan");
        await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        await terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 11), "manager", default);
        Assert.Equal(
            [("manager", PlanOutcome.Unchanged, 150, null), ("Program", PlanOutcome.Applied, 150, null), ("Program", PlanOutcome.Failed, 0, $"{production.Url}plan answered 503 Service Unavailable.")],
            terminal.History().Select(pull => (pull.Actor, pull.Outcome, pull.GoodRows, pull.Error)));
        Assert.All(terminal.History(), pull => Assert.Equal((PlanSource.Http, $"{production.Url}plan", "2026-11"), (pull.Source, pull.Place, pull.Month)));
    }

    [Fact]
    public async Task FailureThatRepeats_IsOneLine()
    {
        await using var terminal = new TerminalUnderTest(_authority.Url, "--PlanPull:Url=https://127.0.0.1:9/plan");
        for (var i = 0; i < 3; i++)
        {
            await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
            terminal.Time.Now += TimeSpan.FromMinutes(1);
        }

        var failure = Assert.Single(terminal.History());
        Assert.Equal((3, TimeSpan.FromMinutes(2)), (failure.Attempts, failure.LastAt - failure.At));
        await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 11), "manager", default));
        Assert.Equal(2, terminal.History().Count); // somebody else asked
    }

    [Fact]
    public async Task OldPulls_AreForgottenNotWhatWaits()
    {
        await using var terminal = new TerminalUnderTest(_authority.Url);
        await terminal.ImportAsync("2026-11-24,3012,5,,\n");
        var waiting = await terminal.ImportAsync("2026-11-24,3012,6,,\n2026-11-25,3012,?,,\n");
        terminal.Time.Now += TimeSpan.FromDays(801);
        await terminal.Get<PullHistory>().PruneAsync(terminal.Time.Now - terminal.Get<PlanPullOptions>().KeepHistory, default);
        Assert.Equal(waiting.Pull.Id, Assert.Single(terminal.History()).Id);
        await terminal.Get<PlanDecisions>().DiscardAsync(waiting.Pull.Id, "manager", default);
        await terminal.Get<PullHistory>().PruneAsync(terminal.Time.Now - terminal.Get<PlanPullOptions>().KeepHistory, default);
        Assert.Empty(terminal.History());
        Assert.Equal(["24 3012 5"], terminal.Planned());
    }

    [Fact]
    public async Task PullThatWaits_IsNotAskedForAgain()
    {
        await using var production = await RunningProductionManagement.StartAsync("--Plan:File=plan.csv");
        await File.WriteAllTextAsync(production.File("plan.csv"), "date,model,count\n2026-11-21,3012,5\n2026-11-22,3012,-5\n");
        await using var terminal = new TerminalUnderTest(_authority.Url, $"--PlanPull:Url={production.Url}plan", "--PlanPull:DayOfMonth=25");
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.Equal(1, production.Requests);
        terminal.Time.Now += TimeSpan.FromDays(5); // the monthly pull asks again, and what waits is still the same
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.Equal(2, production.Requests);
        Assert.Equal([PlanOutcome.Unchanged, PlanOutcome.Waiting], terminal.History().Select(pull => pull.Outcome));
    }

    [Fact]
    public async Task HugeAnswer_IsRefusedAndTheEarlierPlanStays()
    {
        await using var production = await RunningProductionManagement.StartAsync("--Plan:File=huge.csv");
        await File.WriteAllBytesAsync(production.File("huge.csv"), new byte[PlanReader.MaxBytes + 1]);
        await using var terminal = new TerminalUnderTest(_authority.Url, $"--PlanPull:Url={production.Url}plan");
        await terminal.ImportAsync("2026-11-24,3012,5,,\n");
        var refusal = await RefusedAsync(ErrorCode.InvalidPlan, () => terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 11), "manager", default));
        Assert.Contains("longer than", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["24 3012 5"], terminal.Planned());
    }
}
