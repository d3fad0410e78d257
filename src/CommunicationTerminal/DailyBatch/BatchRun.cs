using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>"Run now": today is allocated whatever the time, and everything that waits for its next try is tried at once. What was asked for is stored, so that a kill does not lose it.</summary>
internal sealed class BatchRun(Database database, AuditTrail audit, DailyBatchJob job, FactoryClock clock)
{
    /// <summary>Asks for a run.</summary>
    /// <param name="actor">Who, as the audit trail names it.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public async Task AskAsync(string actor, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            (connection, transaction) =>
            {
                BatchSchedule.AskFor(connection, transaction, clock.Today);
                BatchWaits.Forget(connection, transaction);
                audit.Append(connection, transaction, actor, "BatchRunAsked", FactoryClock.Stored(clock.Today));
            },
            cancellationToken);
        job.Signal();
    }
}
