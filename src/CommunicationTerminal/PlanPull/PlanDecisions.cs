using System.Data.Common;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>What waits for a person, and that person's decision.</summary>
internal sealed class PlanDecisions(Database database, PlanDifference difference, AuditTrail audit, FactoryClock clock, DailyBatchJob batch)
{
    /// <summary>What waits, by month, as it differs from the plan and from what is issued now.</summary>
    public IReadOnlyList<PullResult> List() => database.Read(connection => PullHistory.ReadWaiting(connection).Select(pull => Describe(connection, null, pull)).ToList());

    /// <summary>How many pulls wait.</summary>
    public int Count() => database.Read(connection => PullHistory.ReadWaiting(connection).Count);

    /// <summary>One pull with its bad rows and, while it waits, its differences.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public PullResult Find(long id) => database.Read(connection => Describe(connection, null, PullHistory.Find(connection, null, id)));

    /// <summary>Makes what waits the plan, and stores for each issued day what the batch has to change (<c>plan_correction</c>).</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where it does not wait any more, or numbers of it were given since.</exception>
    public Task<PullResult> ConfirmAsync(long id, string actor, CancellationToken cancellationToken) => DecideAsync(
        id,
        actor,
        PlanOutcome.Confirmed,
        (connection, transaction, pull) =>
        {
            var month = PlanMonth.Parse(pull.Month);
            var before = PlanStore.ReadMonth(connection, transaction, month);
            var after = PlanDrafts.Read(connection, transaction, pull.Id);
            if (PlanRules.FindTakenSerials(after.Except(before), PlanStore.ReadAllocations(connection, transaction)).FirstOrDefault() is { } clash)
                throw new ProvisioningException(ErrorCode.Conflict, $"Since this plan came, numbers of it were given to other units. {clash.Sentence} Pull the plan again.");
            var changes = difference.Find(connection, transaction, before, after);
            PlanStore.Replace(connection, transaction, month, after);
            PlanStore.MarkPulled(connection, transaction, month, clock.StoredNow);
            var corrected = CorrectionIntents.Store(connection, transaction, pull.Id, changes, clock.StoredNow, actor);
            return $"{changes.Count} differences, {corrected} of them on issued days; {pull.BadRows} bad rows left out";
        },
        cancellationToken);

    /// <summary>Puts aside what waits; the earlier plan stays.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where it does not wait any more.</exception>
    public Task<PullResult> DiscardAsync(long id, string actor, CancellationToken cancellationToken) =>
        DecideAsync(id, actor, PlanOutcome.Discarded, static (_, _, _) => "the earlier plan stays", cancellationToken);

    private async Task<PullResult> DecideAsync(
        long id, string actor, PlanOutcome outcome, Func<DbConnection, DbTransaction, PulledPlan, string> act, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforePlanDecided);
        var result = await database.WriteAsync(
            (connection, transaction) =>
            {
                var pull = PullHistory.Find(connection, transaction, id);
                if (pull.Outcome == outcome)
                    return Describe(connection, transaction, pull); // said twice
                var told = Describe(connection, transaction, pull);
                var detail = pull.Outcome == PlanOutcome.Waiting ? act(connection, transaction, pull) : string.Empty;
                PullHistory.End(connection, transaction, pull, outcome, clock.StoredNow, actor);
                audit.Append(connection, transaction, actor, outcome == PlanOutcome.Confirmed ? "PlanConfirmed" : "PlanDiscarded", pull.Month, detail: $"pull {id}: {detail}");
                return told with { Pull = PullHistory.Find(connection, transaction, id), Corrections = CorrectionIntents.Read(connection, transaction, id) };
            },
            cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterPlanDecided);
        batch.Signal();
        return result;
    }

    private PullResult Describe(DbConnection connection, DbTransaction? transaction, PulledPlan pull)
    {
        var changes = pull.Outcome != PlanOutcome.Waiting
            ? []
            : difference.Find(connection, transaction, PlanStore.ReadMonth(connection, transaction, PlanMonth.Parse(pull.Month)), PlanDrafts.Read(connection, transaction, pull.Id));
        return new PullResult(pull, changes.Take(PlanIntake.MaxChanges).ToList(), changes.Count, PlanDrafts.ReadBad(connection, transaction, pull.Id), CorrectionIntents.Read(connection, transaction, pull.Id));
    }
}
