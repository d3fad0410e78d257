using System.Globalization;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Statistics;

/// <summary>What statistics are asked for; null means any.</summary>
internal sealed record StatisticsQuery(DateOnly From, DateOnly To, string? Factory, ModelCode? Model, StatisticsGroup GroupBy);

/// <summary>Answers from counters and quotas alone: the time it takes depends on days, models and factories, not on certificates.</summary>
internal sealed class StatisticsReader(Database database)
{
    /// <summary>The figures.</summary>
    public Protocol.CertificateAuthority.Administration.Statistics Read(StatisticsQuery query)
    {
        var values = new { from = Text(query.From), to = Text(query.To), factory = query.Factory, model = query.Model?.ToString() };
        var (counters, quotas) = database.Read(connection => (
            connection.Query<(string Key, string Event, long Amount)>(
                $"""
                SELECT {KeyOf(query.GroupBy, "day")}, event, SUM(amount) FROM issuance_counter
                WHERE day >= @from AND day <= @to{Conditions(query)} GROUP BY {KeyOf(query.GroupBy, "day")}, event
                """,
                values).ToLookup(row => row.Key, StringComparer.Ordinal),
            connection.Query<(string Key, long Approved, long Used, long Remaining, long Proposed)>(
                $"""
                SELECT {KeyOf(query.GroupBy, "''")},
                  SUM(CASE state WHEN 'Approved' THEN amount WHEN 'Withdrawn' THEN used ELSE 0 END),
                  SUM(used),
                  SUM(CASE state WHEN 'Approved' THEN amount - used ELSE 0 END),
                  SUM(CASE state WHEN 'Proposed' THEN amount ELSE 0 END)
                FROM quota WHERE starts_on <= @to AND ends_on >= @from{Conditions(query)} GROUP BY {(query.GroupBy == StatisticsGroup.Day ? "state" : KeyOf(query.GroupBy, "''"))}
                """,
                values).ToLookup(row => row.Key, StringComparer.Ordinal)));

        var perDay = query.GroupBy == StatisticsGroup.Day;
        var keys = counters.Select(row => row.Key).Concat(perDay ? [] : quotas.Select(row => row.Key)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var rows = keys.Select(key => new StatisticsRow(key, Figures(counters[key]), perDay ? null : Quota(quotas[key]))).ToList();
        var totals = new StatisticsRow(string.Empty, Figures(counters.SelectMany(row => row)), Quota(quotas.SelectMany(row => row)));
        return new Protocol.CertificateAuthority.Administration.Statistics(query.From, query.To, query.GroupBy, rows, totals);
    }

    private static StatisticsFigures Figures(IEnumerable<(string Key, string Event, long Amount)> counted)
    {
        var sums = counted.GroupBy(row => Enum.Parse<CounterEvent>(row.Event)).ToDictionary(group => group.Key, group => group.Sum(row => row.Amount));
        long Of(CounterEvent happened) => sums.GetValueOrDefault(happened);
        return new StatisticsFigures(
            Of(CounterEvent.Issued),
            Of(CounterEvent.Signed),
            Of(CounterEvent.Reissued),
            Of(CounterEvent.Renewed),
            Of(CounterEvent.Acknowledged),
            Of(CounterEvent.Superseded),
            Of(CounterEvent.Revoked),
            Of(CounterEvent.Expired));
    }

    private static QuotaFigures Quota(IEnumerable<(string Key, long Approved, long Used, long Remaining, long Proposed)> allowed)
    {
        var rows = allowed.ToList();
        return new QuotaFigures(rows.Sum(row => row.Approved), rows.Sum(row => row.Used), rows.Sum(row => row.Remaining), rows.Sum(row => row.Proposed));
    }

    private static string Conditions(StatisticsQuery query) =>
        (query.Factory is null ? string.Empty : " AND factory = @factory") + (query.Model is null ? string.Empty : " AND model = @model");

    private static string KeyOf(StatisticsGroup group, string day) => group switch
    {
        StatisticsGroup.Model => "model",
        StatisticsGroup.Factory => "factory",
        _ => day,
    };

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
