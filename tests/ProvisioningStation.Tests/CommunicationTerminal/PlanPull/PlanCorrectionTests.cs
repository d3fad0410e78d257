using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

/// <summary>A plan that comes again during its month (P-5): what holds at once, what waits for the manager, and what a decision stores.</summary>
public sealed class PlanCorrectionTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task FirstPlanOfAMonth_HoldsAtOnce()
    {
        var result = await _terminal.ImportAsync("2026-11-21,3012,5,,\n");
        Assert.Equal((PlanOutcome.Applied, 1, 0), (result.Pull.Outcome, result.Pull.GoodRows, result.Pull.BadRows));
        Assert.Equal(["21 3012 5"], _terminal.Planned());
    }

    [Fact]
    public async Task DaysWithoutNumbers_ChangeAtOnce()
    {
        await _terminal.ImportAsync("2026-11-21,3012,5,,\n2026-11-25,3012,7,,\n2026-11-26,3013,9,,\n");
        await _terminal.RunBatchAsync();
        var result = await _terminal.ImportAsync("2026-11-21,3012,5,,\n2026-11-25,3012,8,,\n2026-11-26,3013,2,,\n2026-11-27,A123,1,,1002\n");
        Assert.Equal(PlanOutcome.Applied, result.Pull.Outcome);
        Assert.Equal([PlanEffect.AtTheBatch, PlanEffect.Recorded, PlanEffect.AtTheBatch], result.Changes.Select(change => change.Effect));
        Assert.Equal(["21 3012 5", "25 3012 8", "26 3013 2", "27 A123 1 1002"], _terminal.Planned());
        Assert.Empty(_terminal.Corrections());
    }

    [Fact]
    public async Task IssuedDay_WaitsAndShowsWhatWillHappen()
    {
        await _terminal.ImportAsync("2026-11-21,3012,10,,\n2026-11-21,A123,3,,\n");
        await _terminal.RunBatchAsync();
        await _terminal.RequestAsync("3012-100001");
        await _terminal.ReceiptAsync("3012-100001", 1);
        await _terminal.ResultAsync("3012-100001", 1, succeeded: true, fingerprint: (await _terminal.GetUnitAsync("3012-100001")).CertificateFingerprint);
        await _terminal.RequestAsync("3012-100002");

        var result = await _terminal.ImportAsync("2026-11-21,3012,1,,\n2026-11-21,A123,5,,1002\n");
        Assert.Equal(PlanOutcome.Waiting, result.Pull.Outcome);
        Assert.Equal(["21 3012 10", "21 A123 3"], _terminal.Planned());
        var fewer = result.Changes[0];
        Assert.Equal((10, 10, 2, 1), (fewer.Allocated, fewer.Issued, fewer.HandedOver, fewer.Written));
        Assert.Equal((0, 8, 1), (fewer.ToIssue, fewer.ToWithdraw, fewer.Staying));
        Assert.Equal("8 unused certificates are withdrawn; 1 units more than planned stay, because a line has had them.", fewer.Describe());
        var more = result.Changes[1];
        Assert.Equal((2, 0, 0, true), (more.ToIssue, more.ToWithdraw, more.Staying, more.ChangesLine));
        Assert.Equal("2 further certificates are requested; the other units go to line 1002.", more.Describe());
    }

    [Fact]
    public async Task Confirming_StoresPlanAndIntentTogether()
    {
        await _terminal.ImportAsync("2026-11-21,3012,10,,\n2026-11-22,3012,10,,\n");
        await _terminal.RunBatchAsync();
        var waiting = (await _terminal.ImportAsync("2026-11-21,3012,4,,\n2026-11-22,3012,16,,\n")).Pull;
        var told = await _terminal.Get<PlanDecisions>().ConfirmAsync(waiting.Id, "manager", default);
        Assert.Equal((PlanOutcome.Confirmed, "manager", 2), (told.Pull.Outcome, told.Pull.DecidedBy, told.ChangeCount));
        Assert.Equal(["21 3012 4", "22 3012 16"], _terminal.Planned());
        Assert.Equal(["2026-11-21 3012 10 4 Confirmed manager"], _terminal.Corrections()); // the 22nd has no numbers yet
        Assert.Empty(_terminal.Get<PlanDecisions>().List());
        Assert.Contains(_terminal.Get<AuditReader>().ReadBehind(0, 100), happened => happened is { Action: "PlanConfirmed", Actor: "manager", Subject: "2026-11" });

        // Said twice (a lost answer, a second click): nothing more happens.
        await _terminal.Get<PlanDecisions>().ConfirmAsync(waiting.Id, "manager", default);
        Assert.Single(_terminal.Corrections());
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.Get<PlanDecisions>().DiscardAsync(waiting.Id, "manager", default));
    }

    [Fact]
    public async Task Discarding_KeepsTheEarlierPlan()
    {
        await _terminal.ImportAsync("2026-11-21,3012,10,,\n");
        await _terminal.RunBatchAsync();
        var waiting = (await _terminal.ImportAsync("2026-11-21,3012,0,,\n")).Pull;
        await _terminal.Get<PlanDecisions>().DiscardAsync(waiting.Id, "manager", default);
        Assert.Equal(["21 3012 10"], _terminal.Planned());
        Assert.Empty(_terminal.Corrections());
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.Get<PlanDecisions>().ConfirmAsync(waiting.Id, "manager", default));
        await RefusedAsync(ErrorCode.NotFound, () => _terminal.Get<PlanDecisions>().ConfirmAsync(4711, "manager", default));
    }

    [Fact]
    public async Task ModelWithAnIssuedDay_WaitsAsAWholeOthersDoNot()
    {
        await _terminal.ImportAsync("2026-11-21,3012,10,,\n2026-11-25,3012,0,,\n2026-11-25,A123,4,,\n");
        await _terminal.RunBatchAsync();
        var result = await _terminal.ImportAsync("2026-11-21,3012,6,,\n2026-11-25,3012,4,,\n2026-11-25,A123,9,,\n"); // four units moved to the 25th
        Assert.Equal(PlanOutcome.Waiting, result.Pull.Outcome);
        Assert.Equal(["21 3012 10", "25 3012 0", "25 A123 9"], _terminal.Planned());
        var waiting = Assert.Single(_terminal.Get<PlanDecisions>().List());
        Assert.Equal(["3012", "3012"], waiting.Changes.Select(change => change.Model));
        await _terminal.Get<PlanDecisions>().ConfirmAsync(waiting.Pull.Id, "manager", default);
        Assert.Equal(["21 3012 6", "25 3012 4", "25 A123 9"], _terminal.Planned());
    }

    [Fact]
    public async Task NewModelOnADayThatIsDone_IsACorrection()
    {
        await _terminal.ImportAsync("2026-11-21,3012,2,,\n");
        await _terminal.RunBatchAsync();
        var result = await _terminal.ImportAsync("2026-11-21,3012,2,,\n2026-11-21,A123,2,,\n");
        Assert.Equal((PlanOutcome.Waiting, PlanEffect.Corrected, 2), (result.Pull.Outcome, Assert.Single(result.Changes).Effect, result.Changes[0].ToIssue));
    }

    [Fact]
    public async Task Always_LetsEveryChangeWait()
    {
        await using var strict = new TerminalUnderTest(_authority.Url, "--PlanPull:ConfirmChanges=Always");
        Assert.Equal(PlanOutcome.Applied, (await strict.ImportAsync("2026-11-21,3012,5,,\n")).Pull.Outcome);
        Assert.Equal(PlanOutcome.Waiting, (await strict.ImportAsync("2026-11-21,3012,5,,\n2026-11-29,3013,1,,\n")).Pull.Outcome);
        Assert.Equal(["21 3012 5"], strict.Planned());
    }

    [Fact]
    public async Task LaterPull_TakesThePlaceOfTheOneThatWaits()
    {
        await _terminal.ImportAsync("2026-11-21,3012,10,,\n");
        await _terminal.RunBatchAsync();
        var first = (await _terminal.ImportAsync("2026-11-21,3012,6,,\n")).Pull;
        Assert.Equal(PlanOutcome.Unchanged, (await _terminal.ImportAsync("2026-11-21,3012,6,,\n")).Pull.Outcome);
        Assert.Equal(first.Id, Assert.Single(_terminal.Get<PlanDecisions>().List()).Pull.Id);
        var second = (await _terminal.ImportAsync("2026-11-21,3012,7,,\n")).Pull;
        Assert.Equal(second.Id, Assert.Single(_terminal.Get<PlanDecisions>().List()).Pull.Id);
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.Get<PlanDecisions>().ConfirmAsync(first.Id, "manager", default));
        Assert.Equal(PlanOutcome.Unchanged, (await _terminal.ImportAsync("2026-11-21,3012,10,,\n")).Pull.Outcome); // the change was taken back
        Assert.Empty(_terminal.Get<PlanDecisions>().List());
    }

    [Fact]
    public async Task BadRows_WaitAndTheirDaysKeepTheEarlierPlan()
    {
        await _terminal.ImportAsync("2026-11-24,3012,4,,\n2026-11-25,3012,5,,\n2026-11-26,A123,6,,\n");
        var result = await _terminal.ImportAsync("2026-11-24,3012,40,,\n2026-11-25,3012,-5,,\n2026-11-26,A123,6,,\n2026-11-27,3012,x,,\n");
        Assert.Equal((PlanOutcome.Waiting, 2, 2), (result.Pull.Outcome, result.Pull.GoodRows, result.Pull.BadRows));
        Assert.Equal(["Line 3, column count: -5 is negative.", "Line 5, column count: 'x' is not a whole number from 0 to 999999."], result.BadRows.Select(row => row.Sentence));
        Assert.Equal(["24 3012 4", "25 3012 5", "26 A123 6"], _terminal.Planned());
        await _terminal.Get<PlanDecisions>().ConfirmAsync(result.Pull.Id, "manager", default);
        Assert.Equal(["24 3012 40", "25 3012 5", "26 A123 6"], _terminal.Planned());
        Assert.Equal(2, _terminal.Get<PlanDecisions>().Find(result.Pull.Id).BadRows.Count); // the history keeps them
    }

    [Fact]
    public async Task FirstPlanWithBadRows_WaitsAndNothingIsBuiltByIt()
    {
        var result = await _terminal.ImportAsync("2026-11-21,3012,4,,\n2026-11-22,30l2,4,,\n");
        Assert.Equal(PlanOutcome.Waiting, result.Pull.Outcome);
        await _terminal.RunBatchAsync();
        Assert.Empty(_terminal.Units());
        await _terminal.Get<PlanDecisions>().ConfirmAsync(result.Pull.Id, "manager", default);
        await _terminal.RunBatchAsync();
        Assert.Equal(4, _terminal.Units().Count);
    }

    [Fact]
    public async Task NumbersGivenSince_AreNotPromisedTwice()
    {
        await _terminal.ImportAsync("2026-11-21,3012,5,,\n");
        var waiting = await _terminal.ImportAsync("2026-11-21,3012,5,,\n2026-11-24,3012,5,100003,\n2026-11-25,30l2,1,,\n");
        Assert.Equal(PlanOutcome.Waiting, waiting.Pull.Outcome);
        await _terminal.RunBatchAsync(); // today's five are 100001 to 100005
        var refusal = await RefusedAsync(ErrorCode.Conflict, () => _terminal.Get<PlanDecisions>().ConfirmAsync(waiting.Pull.Id, "manager", default));
        Assert.Contains("serials 100003 to 100007 overlap 100001 to 100005", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["21 3012 5"], _terminal.Planned());
    }

    [Fact]
    public async Task DryRun_ChangesNothing()
    {
        await _terminal.ImportAsync("2026-11-24,3012,5,,\n");
        var told = await _terminal.ImportAsync("2026-11-24,3012,6,,\n2026-11-25,3012,?,,\n", tryOnly: true);
        Assert.Equal((0, PlanOutcome.Waiting, 1, 1), (told.Pull.Id, told.Pull.Outcome, told.Pull.BadRows, told.ChangeCount));
        Assert.Single(_terminal.History());
        await RefusedAsync(ErrorCode.InvalidPlan, () => _terminal.ImportAsync("x", tryOnly: true));
        Assert.Single(_terminal.History());
    }

    [Fact]
    public async Task WhatWaits_IsSaidInHealthUntilItIsDecided()
    {
        await _terminal.ImportAsync("2026-11-24,3012,5,,\n");
        var waiting = await _terminal.ImportAsync("2026-11-24,3012,6,,\n2026-11-25,3012,?,,\n");
        var (job, health) = (_terminal.Get<PlanPullJob>(), _terminal.Get<HealthState>());
        job.ReportInHealth();
        Assert.Contains("waits for the manager, with 1 bad rows", health.Problems["plan"], StringComparison.Ordinal);
        await _terminal.Get<PlanDecisions>().DiscardAsync(waiting.Pull.Id, "manager", default);
        job.ReportInHealth();
        Assert.Empty(health.Problems);
    }
}
