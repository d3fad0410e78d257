using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>No overbuild (P-30): what is approved is what is issued, to the certificate.</summary>
public sealed class QuotaCountingTests : IAsyncLifetime
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartWithoutQuotasAsync("--Issuance:SliceSize=7");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task WithoutAQuota_NothingIsIssuedAndTheAnswerSaysWhatToDo()
    {
        var refusal = await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), [.. Numbers("3012", 1, 20), .. Numbers("A123", 1, 3)]));
        Assert.Contains("F1", refusal, StringComparison.Ordinal);
        Assert.Contains("model 3012: 20 asked for, 0 left; model A123: 3 asked for, 0 left", refusal, StringComparison.Ordinal);
        Assert.Contains("stationctl ca quotas propose", refusal, StringComparison.Ordinal);
        Assert.Equal(0, Certificates());
    }

    [Fact]
    public async Task ExactlyTheAmount_Fits_AndNotOneMore()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 20);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 20));
        Assert.Equal((20, 0), (Quota(id).Used, Quota(id).Left));
        Assert.Contains("1 asked for, 0 left", await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 21, 1))), StringComparison.Ordinal);
        Assert.Equal(20, Certificates());
    }

    [Fact]
    public async Task OneModelOfTheRequestDoesNotFit_NothingIsUsedOfTheOther()
    {
        var (first, second) = (await _ca.ApproveQuotaAsync("3012", 20), await _ca.ApproveQuotaAsync("A123", 2));
        Assert.Contains("model A123: 3 asked for, 2 left", await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), [.. Numbers("3012", 1, 5), .. Numbers("A123", 1, 3)])), StringComparison.Ordinal);
        Assert.Equal((0, 0), (Quota(first).Used, Quota(second).Used));
    }

    [Fact]
    public async Task OverlappingQuotas_AreUsedInTheOrderInWhichTheyEnd()
    {
        var late = await _ca.ApproveQuotaAsync("3012", 10, Day(-5), Day(30));
        var early = await _ca.ApproveQuotaAsync("3012", 10, Day(-5), Day(0));
        var middle = await _ca.ApproveQuotaAsync("3012", 10, Day(0), Day(7));
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 15));
        Assert.Equal((10, 5, 0), (Quota(early).Used, Quota(middle).Used, Quota(late).Used));
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 100, 14));
        Assert.Equal((10, 10, 9), (Quota(early).Used, Quota(middle).Used, Quota(late).Used));
        Assert.Contains("2 asked for, 1 left", await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 200, 2))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuotaOfAnotherDayFactoryModelOrState_DoesNotCount()
    {
        await _ca.ApproveQuotaAsync("3012", 10, Day(1), Day(7));
        await _ca.ApproveQuotaAsync("3012", 10, Day(-7), Day(-1));
        await _ca.ApproveQuotaAsync("A123", 10);
        await ProposeAsync("F2", "3012", QuotaState.Approved);
        await ProposeAsync("F1", "3012", null);
        await ProposeAsync("F1", "3012", QuotaState.Rejected);
        await ProposeAsync("F1", "3012", QuotaState.Withdrawn);
        Assert.Contains("1 asked for, 0 left", await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RepeatedRequest_UsesNothing_EvenWhereTheQuotaIsUsedUp()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 20);
        var request = RequestId.New();
        await _ca.IssueAsync(request, Numbers("3012", 1, 20));
        Assert.Equal(20, (await _ca.IssueAsync(request, Numbers("3012", 1, 20))).Count);
        await _ca.StartAgainAsync();
        Assert.Equal(20, (await _ca.IssueAsync(request, Numbers("3012", 1, 20))).Count);
        Assert.Equal(20, Quota(id).Used);
    }

    [Fact]
    public async Task Reissue_UsesNothing()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 1);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        await _ca.ReissueAsync(RequestId.New(), Numbers("3012", 1, 1)[0]);
        Assert.Equal(1, Quota(id).Used);
    }

    [Fact]
    public async Task RefusedForAnotherReason_UsesNothing()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 20);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 5, 1));
        var refusal = await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 10)));
        Assert.Equal(ErrorCode.AlreadyIssued, refusal.Code);
        Assert.Equal(1, Quota(id).Used);
    }

    [Fact]
    public async Task WithdrawnQuota_KeepsWhatIsUsedAndIssuesNothingMore()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 20);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 5));
        await Store.DecideAsync(id, QuotaState.Withdrawn, Person(Role.Administrator), "enough", default);
        await RefusedAsync(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 6, 1)));
        Assert.Equal((5, 0, QuotaState.Withdrawn), (Quota(id).Used, Quota(id).Left, Quota(id).State));
    }

    [Fact]
    public async Task UnknownModel_IsSaidBeforeTheQuota() =>
        Assert.Equal(ErrorCode.UnknownModel, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3013", 1, 1)))).Code);

    [Fact]
    public async Task NotRequired_IssuesWithoutCounting()
    {
        await _ca.DisposeAsync();
        _ca = await StartWithoutQuotasAsync("--Quotas:Required=false");
        Assert.Equal(5, (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 5))).Count);
    }

    [Fact]
    public async Task FiftyCallersWithOverlappingNumbers_NeverOneTooMuch()
    {
        // 5 numbers each, the next caller's begin 3 further: every neighbour wants two of the same. Three quotas hold 60 together, which is no multiple of 5 + 5.
        foreach (var (amount, ends) in new[] { (17L, 1), (20L, 2), (23L, 3) })
            await _ca.ApproveQuotaAsync("3012", amount, Day(-1), Day(ends));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(async caller =>
        {
            try
            {
                return (Packs: (await _ca.IssueAsync(RequestId.New(), Numbers("3012", caller * 3, 5))).Count, Error: (ErrorCode?)null);
            }
            catch (ProvisioningException refused)
            {
                return (Packs: 0, Error: refused.Code);
            }
        }));
        Assert.All(outcomes.Where(outcome => outcome.Error is not null), outcome => Assert.True(outcome.Error is ErrorCode.AlreadyIssued or ErrorCode.QuotaExceeded));
        Assert.InRange(outcomes.Sum(outcome => outcome.Packs), 1, 60);
        AssertExact(outcomes.Sum(outcome => outcome.Packs));
    }

    [Fact]
    public async Task FiftyCallersWithNumbersOfTheirOwn_UseTheQuotaToTheLast()
    {
        await _ca.ApproveQuotaAsync("3012", 31, Day(0), Day(1));
        await _ca.ApproveQuotaAsync("3012", 32, Day(0), Day(2));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(async caller =>
        {
            try
            {
                return (await _ca.IssueAsync(RequestId.New(), Numbers("3012", caller * 10, 3))).Count;
            }
            catch (ProvisioningException refused) when (refused.Code == ErrorCode.QuotaExceeded)
            {
                return 0;
            }
        }));
        Assert.Equal(63, outcomes.Sum());
        AssertExact(63);
    }

    [Fact]
    public async Task SameRequestFromFiftyAtOnce_IsCountedOnceWhereItJustFits()
    {
        await _ca.ApproveQuotaAsync("3012", 10);
        var request = RequestId.New();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _ca.IssueAsync(request, Numbers("3012", 1, 10))));
        Assert.All(answers, answer => Assert.Equal(10, answer.Count));
        AssertExact(10);
    }

    [Fact]
    public async Task WithdrawnWhileFiftyAsk_WhatWasUsedIsWhatWasIssued()
    {
        var id = await _ca.ApproveQuotaAsync("3012", 1000);
        var asking = Task.WhenAll(Enumerable.Range(0, 50).Select(async caller =>
        {
            try
            {
                return (await _ca.IssueAsync(RequestId.New(), Numbers("3012", caller * 10, 2))).Count;
            }
            catch (ProvisioningException refused) when (refused.Code == ErrorCode.QuotaExceeded)
            {
                return 0;
            }
        }));
        await Store.DecideAsync(id, QuotaState.Withdrawn, Person(Role.Administrator), "stop", default);
        AssertExact((await asking).Sum());
    }

    private QuotaStore Store => _ca.Services.GetRequiredService<QuotaStore>();

    private Quota Quota(long id) => Store.Get(id);

    private static string Day(int days) => QuotaRules.Text(Today.AddDays(days));

    private static PeerIdentity Person(Role role) => new(role, role.ToString(), Fingerprint.Of(System.Text.Encoding.ASCII.GetBytes(role.ToString())));

    private async Task ProposeAsync(string factory, string model, QuotaState? decision)
    {
        var quota = await Store.ProposeAsync(new CheckedProposal(factory, ModelCode.Parse(model), Today, Today, 10, null, null), Person(Role.Administrator), default);
        if (decision is { } next)
            await Store.DecideAsync(quota.Id, next, Person(Role.Approver), "test", default);
    }

    /// <summary>What is used, what was reserved and what callers got is the same, and no number has two valid certificates.</summary>
    private void AssertExact(int received)
    {
        var (used, valid, numbers, over) = _ca.Services.GetRequiredService<Database>().Read(connection => (
            connection.ExecuteScalar<long>("SELECT SUM(used) FROM quota"),
            connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate WHERE state = 'Issued'"),
            connection.ExecuteScalar<long>("SELECT COUNT(DISTINCT machine_number) FROM certificate"),
            connection.ExecuteScalar<long>("SELECT COUNT(*) FROM quota WHERE used > amount")));
        Assert.Equal((received, received, received, 0), (used, valid, numbers, over));
    }

    private long Certificates() => _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate"));

    private static async Task<string> RefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<ProvisioningException>(call);
        Assert.Equal(ErrorCode.QuotaExceeded, refusal.Code);
        return refusal.Message;
    }
}
