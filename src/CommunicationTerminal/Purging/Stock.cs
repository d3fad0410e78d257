using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Purging;

/// <summary>Packs in store per model, and those used today (P-23). Counted in indexes, which takes a fraction of a second with a million units.</summary>
internal sealed class Stock(Database database, ManagedModels managed, FactoryClock clock)
{
    /// <summary>Every managed model and every other that has packs or open units, in order.</summary>
    public IReadOnlyList<ModelStock> Read()
    {
        var since = clock.StoredStartOfToday;
        return database.Read(connection =>
        {
            var counts = connection.Query<(string Model, string State, long Count)>(
                $"""
                SELECT SUBSTR(machine_number, 1, 4), state, COUNT(*) FROM unit
                WHERE state IN ('{nameof(UnitState.Stored)}', '{nameof(UnitState.ReissuePending)}', '{nameof(UnitState.Blocked)}') GROUP BY SUBSTR(machine_number, 1, 4), state
                """).ToDictionary(row => (row.Model, row.State), row => (int)row.Count);
            var inHand = connection.Query<(string Model, long Count)>(
                $"SELECT SUBSTR(machine_number, 1, 4), COUNT(*) FROM unit WHERE state = '{nameof(UnitState.Stored)}' AND line IS NOT NULL GROUP BY SUBSTR(machine_number, 1, 4)")
                .ToDictionary(row => row.Model, row => (int)row.Count, StringComparer.Ordinal);
            var used = connection.Query<(string Model, long Count)>("SELECT SUBSTR(machine_number, 1, 4), COUNT(*) FROM unit WHERE written_at >= @since GROUP BY SUBSTR(machine_number, 1, 4)", new { since })
                .ToDictionary(row => row.Model, row => (int)row.Count, StringComparer.Ordinal);
            return managed.All.Select(model => model.ToString()).Concat(counts.Keys.Select(key => key.Model)).Concat(used.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(model => new ModelStock(
                    model,
                    managed.Contains(ModelCode.Parse(model)),
                    CountOf(model, UnitState.Stored),
                    inHand.GetValueOrDefault(model),
                    CountOf(model, UnitState.ReissuePending),
                    CountOf(model, UnitState.Blocked),
                    used.GetValueOrDefault(model)) { BoardMakesKey = managed.BoardMakesKey(ModelCode.Parse(model)) })
                .ToList();

            int CountOf(string model, UnitState state) => counts.GetValueOrDefault((model, state.ToString()));
        });
    }
}
