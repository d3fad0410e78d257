using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Factory;

/// <summary>The launcher's quotas at the real CA: enough for two months of the sample plan, and never twice the same.</summary>
public sealed class PlannedQuotasTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await RunningAuthority.StartWithoutQuotasAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task FirstStart_ApprovesBothMonthsOfTheManagedModels_AndTheSecondAddsNothing()
    {
        Assert.Contains("3012 × ", await ApproveAsync(), StringComparison.Ordinal);
        var quotas = Quotas();
        Assert.Equal(["3012", "3012", "A123", "A123"], quotas.Select(quota => quota.Model).Order(StringComparer.Ordinal));
        Assert.All(quotas, quota =>
        {
            Assert.Equal((QuotaState.Approved, "F1", 1), (quota.State, quota.Factory, quota.StartsOn.Day));
            Assert.True(quota.Amount > (quota.Model == "3012" ? 1000 : 2120) * quota.EndsOn.Day);
            Assert.Equal(("Administrator administrator", "Approver approver"), (quota.ProposedBy, quota.DecidedBy));
        });
        Assert.Contains("approved already", await ApproveAsync(), StringComparison.Ordinal);
        Assert.Equal(quotas, Quotas());
    }

    [Fact]
    public async Task WhatWasInterruptedIsFinished_AndWhatAPersonWithdrewStaysWithdrawn()
    {
        await ApproveAsync();
        var store = _ca.Services.GetRequiredService<QuotaStore>();
        var (withdrawn, other) = (Quotas()[0], Quotas()[1]);
        var administrator = new PeerIdentity(Role.Administrator, "administrator", Fingerprint.Of("administrator"u8));
        await store.DecideAsync(withdrawn.Id, QuotaState.Withdrawn, administrator, "stop", default);
        var proposal = new CheckedProposal(other.Factory, ModelCode.Parse(other.Model), other.StartsOn, other.EndsOn, 5, null, other.Note);
        var half = await store.ProposeAsync(proposal, administrator, default);
        Assert.Contains($"{other.Model} × 5", await ApproveAsync(), StringComparison.Ordinal);
        Assert.Equal((QuotaState.Withdrawn, QuotaState.Approved), (store.Get(withdrawn.Id).State, store.Get(half.Id).State));
        Assert.Equal(5, Quotas().Count);
    }

    private Task<string?> ApproveAsync() =>
        PlannedQuotas.ApproveAsync(new FactoryLayout(new DataDirectory(_ca.Directory), RepositoryFiles.Resolve("station-config")), _ca.Address, CancellationToken.None);

    private IReadOnlyList<Quota> Quotas() => _ca.Services.GetRequiredService<QuotaStore>().List(new QuotaFilter(null, null, null, null), null, 1000);
}
