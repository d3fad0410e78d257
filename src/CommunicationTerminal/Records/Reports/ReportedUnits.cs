using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>Counts the units of one day of the plan, and checks that planned = proved + scrapped + outstanding: the two sides are counted by different questions.</summary>
internal sealed class ReportedUnits(Database database)
{
    private const string NoCertificate = "-";

    /// <summary>A day's units at one moment.</summary>
    public sealed record Reading(IReadOnlyList<ReportedModel> Models, UnitDigest Digest, IReadOnlyList<string> Discrepancies);

    /// <summary>The units of <paramref name="day"/> as they are now.</summary>
    public Reading Read(DateOnly day)
    {
        var date = FactoryClock.Stored(day);
        return database.Read(connection =>
        {
            using var snapshot = connection.BeginTransaction(); // all questions are answered from one state
            return Read(connection, snapshot, date);
        });
    }

    /// <summary>The first day of the plan behind <paramref name="day"/> that has units, null where there is none.</summary>
    public DateOnly? FindDayBehind(DateOnly? day) => database.Read(connection => connection.ExecuteScalar<string?>(
            "SELECT MIN(plan_date) FROM unit WHERE plan_date > @day", new { day = day is { } known ? FactoryClock.Stored(known) : string.Empty })) is { } found
        ? FactoryClock.ParseDate(found)
        : null;

    private static Reading Read(DbConnection connection, DbTransaction snapshot, string date)
    {
        var counts = new SortedDictionary<string, Counts>(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = 0;
        using (var command = connection.CreateCommand())
        {
            command.Transaction = snapshot;
            command.CommandText =
                $"""
                SELECT u.machine_number, u.model, u.state, u.attempt, COALESCE(c.fingerprint, d.fingerprint, '{NoCertificate}')
                FROM unit u
                LEFT JOIN certificate c ON c.machine_number = u.machine_number AND c.attempt = u.attempt
                LEFT JOIN deleted_certificate d ON d.machine_number = u.machine_number AND d.attempt = u.attempt
                WHERE u.plan_date = @date ORDER BY u.machine_number
                """;
            command.AddParameter("@date", date);
            using var reader = command.ExecuteReader();
            for (; reader.Read(); total++)
            {
                var (number, model, state, attempt, fingerprint) = (reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4));
                hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number} {state} {attempt} {fingerprint}\n")));
                counts[model] = counts.GetValueOrDefault(model).With(Enum.Parse<UnitState>(state), attempt, fingerprint != NoCertificate);
            }
        }

        var numbered = Ask(connection, snapshot, "SELECT model, COUNT(*) FROM unit WHERE plan_date = @date AND state NOT IN ('Withdrawn', 'Purged') GROUP BY model", date);
        var inPlan = Ask(connection, snapshot, "SELECT model, unit_count FROM plan_row WHERE plan_date = @date", date);
        var failures = Ask(
            connection,
            snapshot,
            $"SELECT u.model, COUNT(*) FROM unit u JOIN unit_event e ON e.machine_number = u.machine_number WHERE u.plan_date = @date AND e.what = '{nameof(UnitEvent.Failed)}' GROUP BY u.model",
            date);
        var models = counts.Select(model => new ReportedModel(
            model.Key,
            numbered.GetValueOrDefault(model.Key),
            model.Value.Proved,
            model.Value.Scrapped,
            model.Value.Outstanding,
            model.Value.Withdrawn,
            model.Value.Purged,
            inPlan.TryGetValue(model.Key, out var planned) ? planned : null,
            model.Value.Attempts,
            failures.GetValueOrDefault(model.Key))).ToList();
        return new Reading(models, new UnitDigest(total, Convert.ToHexStringLower(hash.GetHashAndReset())), Check(models).ToList());
    }

    /// <summary>What does not add up: it is part of the report, never thrown away.</summary>
    internal static IEnumerable<string> Check(IEnumerable<ReportedModel> models)
    {
        foreach (var model in models)
        {
            var sum = model.Proved + model.Scrapped + model.Outstanding;
            if (sum != model.Planned)
                yield return string.Create(CultureInfo.InvariantCulture, $"{model.Model}: {model.Planned} planned, but proved, scrapped and outstanding are {sum}.");
            if (model.InPlan is { } inPlan && inPlan != model.Planned + model.Purged)
                yield return string.Create(CultureInfo.InvariantCulture, $"{model.Model}: the plan says {inPlan}, but {model.Planned + model.Purged} have a number for the day.");
        }
    }

    private static Dictionary<string, int> Ask(DbConnection connection, DbTransaction snapshot, string sql, string date) =>
        connection.Query<(string Model, long Count)>(sql, new { date }, snapshot).ToDictionary(row => row.Model, row => (int)row.Count, StringComparer.Ordinal);

    private readonly record struct Counts(int Proved, int Scrapped, int Outstanding, int Withdrawn, int Purged, int Attempts)
    {
        public Counts With(UnitState state, int attempt, bool hasCertificate)
        {
            // The row's attempt is 1 before there is any certificate; one that was withdrawn or purged has none left.
            var never = !hasCertificate && state is not (UnitState.Withdrawn or UnitState.Purged);
            var counted = this with { Attempts = Attempts + (never ? attempt - 1 : attempt) };
            return state switch
            {
                UnitState.Proved => counted with { Proved = Proved + 1 },
                UnitState.Scrapped => counted with { Scrapped = Scrapped + 1 },
                UnitState.Withdrawn => counted with { Withdrawn = Withdrawn + 1 },
                UnitState.Purged => counted with { Purged = Purged + 1 },
                _ => counted with { Outstanding = Outstanding + 1 },
            };
        }
    }
}
