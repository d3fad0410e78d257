using System.Diagnostics;
using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>Searches over a million units: pages of 50 as the manager sees them, every combination of filters and places, also those that find nothing; beside one read by primary key.</summary>
internal static class UnitSearchRate
{
    private const int Units = 1_000_000;
    private const int PageSize = 50;
    private const int Rounds = 3;

    public static async Task RunAsync(Figures figures, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("unit-search-").FullName;
        try
        {
            using var database = new Database(Path.Combine(directory, "terminal.db"), typeof(CommunicationTerminalApp).Assembly);
            await database.WriteAsync(
                (connection, transaction) => connection.Execute(
                    """
                    INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt, line)
                    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @Units)
                    SELECT m || '-' || SUBSTR('000000' || (i / 4), -6), m, DATE('2026-01-01', '+' || (i / 8000) || ' days'), 0,
                        CASE WHEN i % 5003 = 0 THEN 'Blocked' WHEN i > 980000 THEN 'Stored' ELSE 'Proved' END, 1, CASE WHEN i > 980000 THEN NULL ELSE '100' || (i % 7) END
                    FROM (SELECT i, SUBSTR('3012A123B777ZZ99', 1 + 4 * (i % 4), 4) AS m FROM n) ORDER BY m, i
                    """,
                    new { Units },
                    transaction,
                    commandTimeout: 600),
                cancellationToken);
            var search = new UnitSearch(database);
            var pages = new List<double>();
            var worst = (Milliseconds: 0.0, Of: string.Empty);
            foreach (var query in Queries())
            {
                var filter = query.ToFilter();
                string? cursor = null;
                for (var round = 0; round < Rounds; round++) // the first page, and those behind it
                {
                    var started = Stopwatch.GetTimestamp();
                    var page = search.Find(filter, cursor, PageSize);
                    var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                    pages.Add(took);
                    if (took > worst.Milliseconds && pages.Count > 20)
                        worst = (took, query.At("/units", cursor));
                    cursor = page.Next;
                    if (cursor is null)
                        break;
                }
            }

            figures.Add("unit_search_p99_ms_1m", Figures.Percentile(pages, 99), "ms", $"{pages.Count} pages of {PageSize}; slowest {worst.Milliseconds:N0} ms: {worst.Of}");
            figures.Add("unit_search_median_ms_1m", Figures.Median(pages), "ms", "the same pages");
            figures.Add("unit_read_ms_1m", Floor(database), "ms", "floor: one unit by primary key on a connection of its own, p99");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Every filter given or not, with values at the beginning, in the middle and at the end of the numbers, and some that fit nothing.</summary>
    private static IEnumerable<UnitQuery> Queries()
    {
        (string From, string To, string Prefix, string Model, string DayFrom, string DayTo)[] places =
        [
            ("3012-000000", "3012-000100", "3012-0000", "3012", "2026-01-01", "2026-01-01"),
            ("A123-100000", "ZZ99-249999", "B777-1", "B777", "2026-03-01", "2026-04-30"),
            ("ZZ99-240000", "ZZ99-249999", "ZZ99-24999", "ZZ99", "2026-05-05", "2026-05-05"),
        ];
        string?[] states = [null, nameof(UnitState.Proved), nameof(UnitState.Blocked), nameof(UnitState.Scrapped)];
        string?[] lines = [null, "1003", "no such line"];
        foreach (var place in places)
        {
            foreach (var state in states)
            {
                foreach (var line in lines)
                {
                    for (var bits = 0; bits < 16; bits++)
                    {
                        yield return new UnitQuery
                        {
                            State = state,
                            Line = line,
                            Prefix = (bits & 1) == 0 ? null : place.Prefix,
                            Model = (bits & 2) == 0 ? null : place.Model,
                            From = (bits & 4) == 0 ? null : place.From,
                            To = (bits & 4) == 0 ? null : place.To,
                            PlanFrom = (bits & 8) == 0 ? null : place.DayFrom,
                            PlanTo = (bits & 8) == 0 ? null : place.DayTo,
                        };
                    }
                }
            }
        }
    }

    private static double Floor(Database database)
    {
        var random = new Random(1);
        var reads = new List<double>();
        for (var i = 0; i < 1000; i++)
        {
            var number = $"3012-{random.Next(Units / 4):D6}";
            var started = Stopwatch.GetTimestamp();
            _ = database.Read(connection => connection.ExecuteScalar<string>("SELECT state FROM unit WHERE machine_number = @number", new { number }))
                ?? throw new InvalidOperationException($"{number} is not there.");
            reads.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Figures.Percentile(reads, 99);
    }
}
