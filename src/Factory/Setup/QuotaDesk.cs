using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Factory.Setup;

/// <summary>The two persons whom a quota needs, for a factory that stands on one machine: the administrator proposes, the approver approves, both through the CA's own interface.</summary>
public sealed class QuotaDesk : IDisposable
{
    private const string Note = "made by the launcher from the plan";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly TlsIdentity _administratorIdentity;
    private readonly TlsIdentity _approverIdentity;
    private readonly PartClient _administrator;
    private readonly PartClient _approver;

    private QuotaDesk(FactoryLayout layout, Uri authority)
    {
        _administratorIdentity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Administrator));
        _approverIdentity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Approver));
        _administrator = new PartClient(authority, _administratorIdentity, Patience, Role.CertificateAuthority);
        _approver = new PartClient(authority, _approverIdentity, Patience, Role.CertificateAuthority);
    }

    /// <summary>The desk, or null where the configuration gives nobody the two roles: then quotas are made by hand.</summary>
    public static QuotaDesk? Open(FactoryLayout layout, Uri authority) =>
        File.Exists(Path.Combine(layout.Administrator, new TlsOptions().Certificate)) && File.Exists(Path.Combine(layout.Approver, new TlsOptions().Certificate)) ? new QuotaDesk(layout, authority) : null;

    /// <summary>
    /// Sees to it that <paramref name="amount"/> has been approved for the period. What is there already counts, whatever became of it: where a person has rejected or withdrawn
    /// a quota, it is not made again. One that was proposed before an interruption is approved now.
    /// </summary>
    /// <returns>How much was approved just now.</returns>
    public async Task<long> EnsureAsync(string factory, string model, DateOnly startsOn, DateOnly endsOn, long amount, CancellationToken cancellationToken)
    {
        var path = ApiPath.Of("api/quotas").With("factory", factory).With("model", model).With("active", startsOn);
        var ours = new List<Quota>();
        await foreach (var quota in _administrator.GetPagesAsync<Quota>(path, cancellationToken))
        {
            if (quota.Note == Note && quota.StartsOn == startsOn && quota.EndsOn == endsOn)
                ours.Add(quota);
        }

        var approved = 0L;
        foreach (var quota in ours.Where(quota => quota.State == QuotaState.Proposed))
            approved += (await ApproveAsync(quota.Id, cancellationToken)).Amount;
        if (amount - ours.Sum(quota => quota.Amount) is > 0 and var missing)
        {
            var proposed = await _administrator.PostAsync<Quota>("api/quotas", new QuotaProposal(factory, model, startsOn, endsOn, missing, Note), cancellationToken);
            approved += (await ApproveAsync(proposed.Id, cancellationToken)).Amount;
        }

        return approved;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _administrator.Dispose();
        _approver.Dispose();
        _administratorIdentity.Dispose();
        _approverIdentity.Dispose();
    }

    private Task<Quota> ApproveAsync(long id, CancellationToken cancellationToken) =>
        _approver.PostAsync<Quota>(ApiPath.Of("api/quotas", id, "approve").ToString(), null, cancellationToken);
}
