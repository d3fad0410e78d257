using Dapper;
using ProvisioningStation.CommunicationTerminal.OperatorApi;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>The counters agree with the units, whoever changes them.</summary>
public sealed class UnitCountTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task ConcurrentReports_AreCountedEachOnceAndNeverHalf()
    {
        const int Units = 40;
        await _terminal.PlanAsync(_terminal.Row("3012", Units));
        await _terminal.RunBatchAsync();
        Assert.Equal(new ModelDay("3012", Units, Units, 0, 0, 0), Assert.Single(_terminal.Get<TodayEndpoint>().Get().Models));
        var reports = Parallel.ForAsync(0, Units, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var (number, line) = ($"3012-{100_001 + i}", $"100{1 + (i % 3)}");
            await _terminal.RequestAsync(number, line);
            if (i % 10 == 0)
            {
                await _terminal.ResultAsync(number, 1, succeeded: false, line);
                return;
            }

            await _terminal.ResultAsync(number, 1, succeeded: true, line);
            await _terminal.ProofAsync(number, 1, line);
        });
        var proved = 0;
        do
        {
            var figures = Assert.Single(_terminal.Get<TodayNumbers>().Read().Day.Models).All;
            Assert.Equal((Units, Units), (figures.Expected, figures.Units.Values.Sum()));
            Assert.InRange(figures.Proved, proved, Units);
            proved = figures.Proved;
            await Task.Yield();
        }
        while (!reports.IsCompleted);
        await reports;
        var day = _terminal.Get<TodayNumbers>().Read();
        Assert.Equal((36, 36, 36), (day.Day.All.Proved, day.UsedOf("3012"), day.Hours.Sum(hour => hour.Proved)));
        Assert.Equal(4, day.Day.All.InStore); // a new certificate each
        Assert.Equal(["1001", "1002", "1003"], day.Day.Models[0].Lines.Select(line => line.Line));
        RequireCountersAgree();
    }

    [Fact]
    public async Task AnyChangeOfUnits_KeepsTheCounters()
    {
        var random = new Random(4);
        string[] dates = ["2026-11-20", "2026-11-21"], models = ["3012", "A123"], states = Enum.GetNames<UnitState>();
        string?[] lines = [null, "1001", "1002"];
        for (var round = 0; round < 20; round++)
        {
            await _terminal.Get<Database>().WriteAsync(
                (connection, transaction) =>
                {
                    for (var i = 0; i < 20; i++)
                    {
                        var unit = new
                        {
                            number = $"3012-{random.Next(100_000, 100_100)}",
                            date = Any(dates),
                            model = Any(models),
                            state = Any(states),
                            line = Any(lines),
                            planLine = Any(lines),
                        };
                        var changed = connection.Execute(
                            "UPDATE unit SET plan_date = @date, model = @model, state = @state, line = @line, plan_line = @planLine WHERE machine_number = @number", unit, transaction);
                        if (changed == 0)
                        {
                            connection.Execute(
                                """
                                INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt, line)
                                VALUES (@number, @model, @date, @planLine, 0, @state, 1, @line)
                                """,
                                unit,
                                transaction);
                        }
                        else if (i % 7 == 0)
                        {
                            Assert.Equal(1, connection.Execute("DELETE FROM unit WHERE machine_number = @number", unit, transaction));
                        }
                    }

                    connection.Execute("UPDATE unit SET state = 'Stored' WHERE machine_number BETWEEN '3012-100040' AND '3012-100050'", transaction: transaction);
                },
                default);
            RequireCountersAgree();
        }

        T Any<T>(T[] of) => of[random.Next(of.Length)];
    }

    [Fact]
    public void EveryLook_FollowsAnIndex()
    {
        foreach (var sql in new[]
        {
            "SELECT units FROM unit_count WHERE plan_date BETWEEN '2026-11-01' AND '2026-11-30' AND units > 0",
            "SELECT units FROM unit_count WHERE state = 'Stored' AND units > 0",
            "SELECT SUBSTRING(machine_number, 1, 4), COUNT(*) FROM unit WHERE written_at >= 'a' AND written_at < 'b' GROUP BY SUBSTRING(machine_number, 1, 4), SUBSTRING(written_at, 1, 16)",
            "SELECT SUBSTRING(proved_at, 1, 16), COUNT(*) FROM unit WHERE proved_at >= 'a' AND proved_at < 'b' GROUP BY SUBSTRING(proved_at, 1, 16)",
            "SELECT model, unit_count FROM plan_row WHERE plan_date BETWEEN 'a' AND 'b'",
        })
        {
            var plan = _terminal.Get<Database>().Read(connection => connection.Query("EXPLAIN QUERY PLAN " + sql).Select(row => (string)row.detail).ToList());
            Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal));
            Assert.Contains(plan, step => step.StartsWith("SEARCH", StringComparison.Ordinal) && step.Contains("INDEX", StringComparison.Ordinal));
        }
    }

    private void RequireCountersAgree()
    {
        var (counted, kept) = _terminal.Get<Database>().Read(connection => (
            connection.Query<(string, string, string, string, long)>(
                """
                SELECT plan_date, model, COALESCE(line, plan_line, ''), state, COUNT(*) FROM unit
                GROUP BY plan_date, model, COALESCE(line, plan_line, ''), state ORDER BY 1, 2, 3, 4
                """).ToList(),
            connection.Query<(string, string, string, string, long)>("SELECT plan_date, model, line, state, units FROM unit_count WHERE units <> 0 ORDER BY 1, 2, 3, 4").ToList()));
        Assert.Equal(counted, kept);
    }
}
