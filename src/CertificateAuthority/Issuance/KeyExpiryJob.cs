using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Looks for private keys that nobody took in time. While signing is stopped nothing ends by itself: it may be the clock that is wrong.</summary>
internal sealed partial class KeyExpiryJob(KeyExpiry expiry, RevocationNews news, SigningGate gate, TimeProvider time, HealthState health, ILogger<KeyExpiryJob> logger)
    : PeriodicJob("key time limit", time, health, logger)
{
    protected override TimeSpan Interval => TimeSpan.FromMinutes(10);

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (gate.Reason is null && await expiry.ExpireNextAsync(cancellationToken) is { } ended)
        {
            news.Announce();
            LogExpired(logger, ended.RequestId, ended.Certificates);
        }
    }

    [LoggerMessage(204, LogLevel.Warning, "Request {RequestId} was not acknowledged in time: its private keys are wiped, {Certificates} certificates revoked")]
    private static partial void LogExpired(ILogger logger, string requestId, int certificates);
}
