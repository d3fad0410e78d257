using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>How one plan of a month differs from another, against what is issued, handed over and written.</summary>
internal sealed class PlanDifference(ManagedModels managed)
{
    /// <summary>The differences in order of day and model, those of issued days first: a list that is cut still has them.</summary>
    public IReadOnlyList<PlanChange> Find(DbConnection connection, DbTransaction? transaction, IReadOnlyList<PlanRow> before, IReadOnlyList<PlanRow> after)
    {
        var earlier = before.ToDictionary(row => (row.Date, row.Model));
        var later = after.ToDictionary(row => (row.Date, row.Model));
        var keys = earlier.Keys.Union(later.Keys).Where(key => !IsSame(earlier.GetValueOrDefault(key), later.GetValueOrDefault(key))).OrderBy(key => key.Date).ThenBy(key => key.Model).ToList();
        var issued = new IssuedDays(connection, transaction, keys);
        return keys.Select(key => Describe(key, earlier.GetValueOrDefault(key), later.GetValueOrDefault(key), issued)).OrderBy(change => change.Effect != PlanEffect.Corrected).ToList();
    }

    private PlanChange Describe((DateOnly Date, ModelCode Model) key, PlanRow? before, PlanRow? after, IssuedDays issued)
    {
        var effect = !managed.Contains(key.Model) ? PlanEffect.Recorded : issued.IsClosed(key) ? PlanEffect.Corrected : PlanEffect.AtTheBatch;
        var (allocated, certified, handedOver, written) = effect == PlanEffect.Corrected ? issued.Count(key) : default;
        return new PlanChange(key.Date, key.Model.ToString(), Units(before), Units(after), effect, allocated, certified, handedOver, written);
    }

    /// <summary>A row of no units says what an absent one says.</summary>
    private static bool IsSame(PlanRow? before, PlanRow? after) => before == after || ((before?.Count ?? 0) == 0 && (after?.Count ?? 0) == 0);

    private static PlannedUnits? Units(PlanRow? row) => row is null ? null : new PlannedUnits(row.Count, row.FirstSerial, row.Line);

    /// <summary>What exists already of the days that change.</summary>
    private sealed class IssuedDays
    {
        private static readonly string[] Ended = [nameof(UnitState.Scrapped), nameof(UnitState.Withdrawn), nameof(UnitState.Purged)];

        private readonly HashSet<string> _days;
        private readonly HashSet<(string, string)> _allocated;
        private readonly ILookup<(string, string), (string State, bool HadLine, int Count)> _units;

        public IssuedDays(DbConnection connection, DbTransaction? transaction, List<(DateOnly Date, ModelCode Model)> keys)
        {
            var range = new { first = keys.Count == 0 ? null : FactoryClock.Stored(keys[0].Date), last = keys.Count == 0 ? null : FactoryClock.Stored(keys[^1].Date) };
            _days = connection.Query<string>("SELECT plan_date FROM batch_day WHERE plan_date BETWEEN @first AND @last", range, transaction).ToHashSet(StringComparer.Ordinal);
            _allocated = connection.Query<(string, string)>("SELECT DISTINCT plan_date, model FROM allocation WHERE plan_date BETWEEN @first AND @last", range, transaction).ToHashSet();
            _units = keys.Select(key => FactoryClock.Stored(key.Date)).Distinct(StringComparer.Ordinal)
                .Where(date => _days.Contains(date) || _allocated.Any(allocation => allocation.Item1 == date))
                .SelectMany(date => connection.Query<(string Model, string State, long HadLine, long Count)>(
                        """
                        SELECT model, state, CASE WHEN line IS NULL THEN 0 ELSE 1 END, COUNT(*) FROM unit WHERE plan_date = @date
                        GROUP BY model, state, CASE WHEN line IS NULL THEN 0 ELSE 1 END
                        """,
                        new { date },
                        transaction)
                    .Select(row => (Key: (date, row.Model), row.State, HadLine: row.HadLine != 0, Count: (int)row.Count)))
                .Where(row => !Ended.Contains(row.State, StringComparer.Ordinal))
                .ToLookup(row => row.Key, row => (row.State, row.HadLine, row.Count));
        }

        /// <summary>Whether the day's batch has been for this model, so that it won't look at the plan again.</summary>
        public bool IsClosed((DateOnly Date, ModelCode Model) key) => _days.Contains(FactoryClock.Stored(key.Date)) || _allocated.Contains(Stored(key));

        public (int Allocated, int Issued, int HandedOver, int Written) Count((DateOnly Date, ModelCode Model) key)
        {
            var units = _units[Stored(key)].ToList();
            return (
                units.Sum(row => row.Count),
                units.Where(row => row.State != nameof(UnitState.Planned)).Sum(row => row.Count),
                units.Where(row => row.HadLine).Sum(row => row.Count),
                units.Where(row => row.State is nameof(UnitState.Written) or nameof(UnitState.Proved)).Sum(row => row.Count));
        }

        private static (string, string) Stored((DateOnly Date, ModelCode Model) key) => (FactoryClock.Stored(key.Date), key.Model.ToString());
    }
}
