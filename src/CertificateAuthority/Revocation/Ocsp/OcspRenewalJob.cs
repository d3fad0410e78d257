using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Revocation.Crl;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>Keeps a responder ready for every generation, and renews it long before it ends; what hinders that shows in health while the old one still answers.</summary>
internal sealed class OcspRenewalJob(OcspResponders responders, CrlPublisher publisher, RevocationOptions options, TimeProvider time, HealthState health, ILogger<OcspRenewalJob> logger)
    : PeriodicJob("ocsp responder", time, health, logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.OcspCertificateValidity / 8 is var eighth && eighth < Look ? eighth : Look;

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var issuer in publisher.Issuers.ToList())
            await responders.RenewAsync(issuer, cancellationToken);
    }
}
