using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>A plan that came.</summary>
internal sealed record IncomingPlan(PlanSource Source, string Place, PlanReading Reading);

/// <summary>
/// What becomes of a plan that came: (1) rows whose numbers others bear are bad; (2) it is compared with the month's plan and with what is issued; (3) what is safe becomes the plan
/// at once, the rest waits for a person: bad rows, and models of which an issued day changes. All in one transaction with its row of history, so that the same plan can come any
/// number of times.
/// </summary>
internal sealed class PlanIntake(
    Database database, PlanPullOptions options, PlanDifference difference, AuditTrail audit, FactoryClock clock, TimeProvider time, DailyBatchJob batch)
{
    /// <summary>So many differences are told.</summary>
    public const int MaxChanges = 500;

    /// <summary>The factory's current month.</summary>
    public PlanMonth CurrentMonth => PlanMonth.Of(clock.Today);

    /// <summary>Takes a plan.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> where it has rows and none is good.</exception>
    public async Task<PullResult> TakeAsync(IncomingPlan incoming, string actor, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforePlanStored);
        var result = await database.WriteAsync((connection, transaction) => Store(connection, transaction, incoming, actor), cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterPlanStored);
        batch.Signal();
        return result;
    }

    /// <summary>What <see cref="TakeAsync"/> would do, without doing it.</summary>
    public PullResult Try(IncomingPlan incoming, string actor) => database.Read(connection => Tell(incoming, Assess(connection, null, incoming.Reading), actor));

    /// <summary>Notes that there was no plan to take.</summary>
    public Task<PulledPlan> FailAsync(PlanMonth month, PlanSource source, string place, string actor, string error, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var now = time.GetUtcNow();
            var pull = new PulledPlan(0, month.ToString(), source, place, actor, now, now, 1, PlanOutcome.Failed, 0, 0, error, null, null);
            if (actor != AuditTrail.Itself)
                audit.Append(connection, transaction, actor, "PlanPulled", pull.Month, nameof(PlanOutcome.Failed), $"{source} {place}: {error}");
            return PullHistory.Add(connection, transaction, pull, null);
        },
        cancellationToken);

    private PullResult Store(DbConnection connection, DbTransaction transaction, IncomingPlan incoming, string actor)
    {
        var found = Assess(connection, transaction, incoming.Reading);
        var told = Tell(incoming, found, actor);
        var pull = PullHistory.Add(connection, transaction, told.Pull, found.Content);
        PlanDrafts.StoreBad(connection, transaction, pull.Id, told.BadRows);
        if (!found.WaitsAlready)
        {
            foreach (var earlier in found.Waiting)
                PullHistory.End(connection, transaction, earlier, PlanOutcome.Superseded, null, null);
            var month = incoming.Reading.Month;
            if (found.Outcome == PlanOutcome.Waiting)
                PlanDrafts.Store(connection, transaction, pull.Id, found.After);
            if (found.AtOnce.Count > 0)
                PlanStore.Replace(connection, transaction, month, found.Before.Where(row => !found.AtOnce.Contains(row.Model)).Concat(found.After.Where(row => found.AtOnce.Contains(row.Model))));
            if (found.Outcome != PlanOutcome.Waiting)
                PlanStore.MarkPulled(connection, transaction, month, clock.StoredNow);
        }

        audit.Append(
            connection,
            transaction,
            actor,
            "PlanPulled",
            pull.Month,
            pull.Outcome.ToString(),
            $"pull {pull.Id}, {pull.Source} {pull.Place}: {pull.GoodRows} rows, {pull.BadRows} bad, {told.ChangeCount} differences; at once for {(found.AtOnce.Count == 0 ? "no model" : string.Join(", ", found.AtOnce.Order()))}");
        return told with { Pull = pull };
    }

    private Assessment Assess(DbConnection connection, DbTransaction? transaction, PlanReading reading)
    {
        var before = PlanStore.ReadMonth(connection, transaction, reading.Month);
        var hasPlan = PlanStore.FindPulledAt(connection, transaction, reading.Month) is not null;
        var waiting = PullHistory.ReadWaiting(connection, transaction).Where(pull => pull.Month == reading.Month.ToString()).ToList();
        var taken = PlanRules.FindTakenSerials(reading.Rows, PlanStore.ReadAllocations(connection, transaction)).ToList();
        foreach (var clash in taken)
            reading.Bad.Add(clash);
        var good = taken.Count == 0 ? reading.Rows : reading.Rows.Where(row => !taken.Exists(clash => clash.Date == row.Date && clash.Model == row.Model.ToString())).ToList();
        _ = (reading with { Rows = good }).RequireAnyGood();
        var after = good.Concat(before.Where(row => reading.Bad.Concern(row.Date, row.Model))).DistinctBy(row => (row.Date, row.Model)).ToList();

        var changes = difference.Find(connection, transaction, before, after);
        var content = HashOf(reading, good);
        var models = changes.Select(change => ModelCode.Parse(change.Model)).ToHashSet();
        var held = FindHeld(reading.Bad, hasPlan, changes);
        var outcome = held.Count > 0 || reading.Bad.Count > 0 ? PlanOutcome.Waiting : models.Count > 0 || !hasPlan ? PlanOutcome.Applied : PlanOutcome.Unchanged;
        var waitsAlready = outcome == PlanOutcome.Waiting && waiting.Exists(pull => PullHistory.FindContent(connection, transaction, pull.Id) == content);
        var atOnce = reading.Bad.Count > 0 ? [] : models.Except(held).ToHashSet();
        return new Assessment(waitsAlready ? PlanOutcome.Unchanged : outcome, before, after, good.Count, changes, atOnce, waiting, waitsAlready, content);
    }

    /// <summary>The models whose changes wait. Those of a model belong together: units may have been moved from one of its days to another.</summary>
    private HashSet<ModelCode> FindHeld(BadRows bad, bool hasPlan, IReadOnlyList<PlanChange> changes)
    {
        var isAll = bad.Count > 0 || (hasPlan && options.ConfirmChanges == ConfirmChanges.Always);
        return changes.Where(change => isAll || change.Effect == PlanEffect.Corrected).Select(change => ModelCode.Parse(change.Model)).ToHashSet();
    }

    private PullResult Tell(IncomingPlan incoming, Assessment found, string actor)
    {
        var now = time.GetUtcNow();
        var bad = incoming.Reading.Bad;
        var pull = new PulledPlan(0, incoming.Reading.Month.ToString(), incoming.Source, incoming.Place, actor, now, now, 1, found.Outcome, found.GoodRows, bad.Count, null, null, null);
        return new PullResult(pull, found.Changes.Take(MaxChanges).ToList(), found.Changes.Count, bad.Kept, []);
    }

    private static string HashOf(PlanReading reading, IReadOnlyList<PlanRow> good)
    {
        var text = new StringBuilder();
        foreach (var row in good.OrderBy(row => row.Date).ThenBy(row => row.Model))
            text.Append(row.Date.DayNumber).Append(' ').Append(row.Model).Append(' ').Append(row.Count).Append(' ').Append(row.FirstSerial).Append(' ').Append(row.Line).Append('\n');
        text.Append(reading.Bad.Count);
        foreach (var bad in reading.Bad.Kept)
            text.Append(bad.Sentence).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What was found out about a plan that came.</summary>
    private sealed record Assessment(
        PlanOutcome Outcome,
        IReadOnlyList<PlanRow> Before,
        IReadOnlyList<PlanRow> After,
        int GoodRows,
        IReadOnlyList<PlanChange> Changes,
        HashSet<ModelCode> AtOnce,
        List<PulledPlan> Waiting,
        bool WaitsAlready,
        string Content);
}
