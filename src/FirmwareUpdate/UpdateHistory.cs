using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>Deletes the rows of updates that were reported longer ago than <paramref name="keep"/>. What is not at its very end stays, however old.</summary>
public sealed partial class UpdateHistory(UpdateStore store, TimeSpan keep, TimeProvider time, HealthState health, ILogger<UpdateHistory> logger) : PeriodicJob("update history", time, health, logger)
{
    /// <summary>How long rows are kept where nothing else is said.</summary>
    public static readonly TimeSpan KeptByDefault = TimeSpan.FromDays(400);

    private const int Slice = 50;

    private readonly TimeProvider _time = time;

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromHours(1);

    /// <summary>Whether <paramref name="keep"/> is a time that rows may be kept for.</summary>
    public static bool MayKeep(TimeSpan keep) => keep >= TimeSpan.FromDays(1) && keep <= TimeSpan.FromDays(36500);

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => PurgeAsync(cancellationToken);

    /// <summary>Deletes what is due, some dozen rows per transaction, so that updates under way do not wait for it.</summary>
    internal async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var before = _time.GetUtcNow() - keep;
        var count = 0;
        for (var deleted = Slice; deleted == Slice; count += deleted)
            deleted = await store.DeleteEndedAsync(before, Slice, cancellationToken);
        if (count > 0)
            LogDeleted(logger, count, before);
    }

    [LoggerMessage(902, LogLevel.Information, "{Count} updates deleted that were over before {Before}")]
    private static partial void LogDeleted(ILogger logger, int count, DateTimeOffset before);
}

/// <summary>Registers it.</summary>
public static class UpdateHistoryRegistration
{
    /// <summary>Makes the program delete updates that have been over for <paramref name="keep"/>.</summary>
    public static IServiceCollection AddUpdateHistory(this IServiceCollection services, TimeSpan keep) => services
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<UpdateHistory>(provider, keep))
        .AddHostedService(provider => provider.GetRequiredService<UpdateHistory>());
}
