using System.Collections.Concurrent;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Revocation.Crl;

/// <summary>
/// Makes CRLs and keeps the latest of each generation at hand. What it lists is read in one look at the store; a revocation that is committed later announces itself and makes the
/// next one. The number is given in the transaction that stores the CRL, and nothing is served before it is stored: a number never names two CRLs that somebody has seen.
/// </summary>
internal sealed class CrlPublisher(CrlStore store, IssuingCas issuers, SigningGate gate, RevocationOptions options, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<int, CrlRecord> _latest = [];
    private readonly SemaphoreSlim _publishing = new(1, 1);

    /// <summary>The generations that have a CRL: those whose own certificate has not ended.</summary>
    public IEnumerable<IssuingCa> Issuers => issuers.All.Where(issuer => time.GetUtcNow() < issuer.NotAfter);

    /// <summary>The latest CRL of a generation; null before the first.</summary>
    public CrlRecord? FindLatest(int issuer)
    {
        if (_latest.TryGetValue(issuer, out var known))
            return known;
        return store.FindLatest(issuer) is { } stored ? _latest.GetOrAdd(issuer, stored) : null;
    }

    /// <summary>When the next scheduled CRL of a generation is due; the past where there is none yet.</summary>
    public DateTimeOffset DueAt(int issuer) => FindLatest(issuer) is { } latest ? latest.ThisUpdate + options.CrlInterval : DateTimeOffset.MinValue;

    /// <summary>Makes, stores and serves the next CRL of a generation.</summary>
    /// <exception cref="Protocol.ProvisioningException">The CA has stopped signing.</exception>
    public async Task<CrlRecord> PublishAsync(IssuingCa issuer, string actor, CancellationToken cancellationToken)
    {
        await _publishing.WaitAsync(cancellationToken);
        try
        {
            gate.Require();
            var last = FindLatest(issuer.Number);
            var now = time.GetUtcNow();
            now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));

            // An ended certificate stays on one scheduled CRL more; those made between two scheduled ones do not count.
            var cutoff = last is null ? DateTimeOffset.MinValue : Earlier(last.ThisUpdate, now - options.CrlInterval);
            var entries = store.ReadEntries(issuer.Number, cutoff);
            var crl = new CrlRecord(issuer.Number, (last?.Number ?? 0) + 1, now, now + options.CrlValidity, entries.Count) { Content = [] };
            KillPoint.Reached(CertificateAuthorityKillPoints.BeforeCrl);
            crl = crl with { Content = entries.Sign(issuer, crl.Number, crl.ThisUpdate, crl.NextUpdate) };
            KillPoint.Reached(CertificateAuthorityKillPoints.AfterCrlSigned);
            await store.StoreAsync(crl, actor, cancellationToken);
            KillPoint.Reached(CertificateAuthorityKillPoints.AfterCrl);
            _latest[issuer.Number] = crl;
            return crl;
        }
        finally
        {
            _publishing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _publishing.Dispose();

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
