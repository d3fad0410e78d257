using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.KeyPools;

/// <summary>Fills the pool, one key after the other on one core, and stops as soon as an order comes.</summary>
internal sealed partial class KeyPoolJob(KeyPool pool, IssuingActivity activity, KeyPoolOptions options, TimeProvider time, HealthState health, ILogger<KeyPoolJob> logger)
    : PeriodicJob("key-pool", time, health, logger)
{
    /// <inheritdoc/>
    protected override TimeSpan Interval => options.Interval;

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var algorithm in pool.Algorithms)
        {
            var missing = pool.Target(algorithm) - pool.Level(algorithm);
            var made = 0;
            while (made < missing && activity.IdleFor >= options.IdleAfter)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await pool.AddAsync(algorithm, cancellationToken);
                made++;
            }

            if (made > 0)
                LogMade(logger, made, algorithm.ToString(), pool.Level(algorithm), pool.Target(algorithm));
        }
    }

    [LoggerMessage(260, LogLevel.Information, "{Made} {Algorithm} keys made ahead; {Level} of {Target} are in the pool")]
    private static partial void LogMade(ILogger logger, int made, string algorithm, int level, int target);
}
