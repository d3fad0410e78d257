using Dapper;
using Microsoft.Data.Sqlite;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

/// <summary>The plan out of the factory's own database, here a real one of SQLite's.</summary>
public sealed class PlanDatabaseTests : IAsyncLifetime
{
    private const string Query = "SELECT day AS date, model, qty AS count, first_no AS firstSerial, line FROM production WHERE day BETWEEN @first AND @last";

    private readonly TemporaryDirectory _directory = new();
    private FakeCertificateAuthority _authority = null!;

    private string DatabaseFile => _directory["factory.db"];

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        using var connection = Factory();
        connection.Execute("CREATE TABLE production (day TEXT, model CHAR(6), qty, first_no INTEGER, line TEXT)");
        connection.Execute(
            """
            INSERT INTO production VALUES ('2026-10-31', '3012', 1, NULL, NULL), ('2026-11-01', '3012  ', 5, NULL, NULL), ('2026-11-30', 'A123', 7.0, 200000, '1001'),
            ('2026-12-01', '3012', 9, NULL, NULL)
            """);
    }

    public async Task DisposeAsync()
    {
        _directory.Dispose();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Query_BringsTheRowsOfTheMonth()
    {
        await using var terminal = Terminal(Query);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.Equal(["01 3012 5", "30 A123 7 1001"], terminal.Planned());
        Assert.Equal((PlanSource.Database, "Sqlite by plan-database.connection", 2), (terminal.History()[0].Source, terminal.History()[0].Place, terminal.History()[0].GoodRows));
    }

    [Fact]
    public async Task MonthParameter_IsTheMonthAskedFor()
    {
        await using var terminal = Terminal("SELECT day AS Date, model AS Model, qty AS Count FROM production WHERE substr(day, 1, 7) = @month");
        await terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 12), "manager", default);
        Assert.Equal(9, Assert.Single(terminal.Get<PlanOverview>().Show(new PlanMonth(2026, 12)).Days).Units.Count);
    }

    [Theory]
    [InlineData("SELECT day AS date, model FROM production", ErrorCode.InvalidPlan, "The query lacks column count.")]
    [InlineData("SELECT day AS date, model, qty AS count, 1 AS colour FROM production", ErrorCode.InvalidPlan, "unknown column 'colour'")]
    [InlineData("SELECT day AS date, model, qty AS count, qty AS COUNT FROM production", ErrorCode.InvalidPlan, "column count twice")]
    [InlineData("SELECT day AS date, model, 'x' AS count FROM production WHERE day = @first", ErrorCode.InvalidPlan, "Row 1, column count: 'x' is not a whole number")]
    [InlineData("SELECT day AS date, model, qty AS count FROM nowhere", ErrorCode.PlanUnavailable, "no such table: nowhere")]
    [InlineData("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT '2026-11-01' AS date, '3012' AS model, i AS count FROM n", ErrorCode.InvalidPlan, "more than 20000 rows")]
    public async Task BadQuery_IsSaid(string query, ErrorCode code, string said)
    {
        await using var terminal = Terminal(query);
        var refusal = await RefusedAsync(code, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(said, terminal.History()[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QueryWithoutEnd_IsEndedInTime()
    {
        await using var terminal = Terminal("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT '2026-11-01' AS date, '3012' AS model, COUNT(*) AS count FROM n", "--PlanPull:Timeout=00:00:01");
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("did not answer the plan's query within 00:00:01", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE FROM production", "one SELECT")]
    [InlineData("SELECT 1; DELETE FROM production", "without a semicolon")]
    public void QueryThatIsNotOneSelect_IsRefusedAtTheStart(string query, string said)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Terminal(query));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingQuery_IsRefusedAtTheStart()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => new TerminalUnderTest(_authority.Url, "--PlanPull:Source=Database"));
        Assert.Contains("PlanDatabase:Query", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WritingInDisguise_IsRefusedByTheDatabase()
    {
        await using var terminal = Terminal("WITH gone AS (SELECT 1) DELETE FROM production WHERE qty > 0 RETURNING day AS date, model, qty AS count");
        await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        using var connection = Factory();
        Assert.Equal(4, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM production"));
    }

    [Fact]
    public async Task ConnectionFileThatOthersMayRead_IsRefused()
    {
        await using var terminal = Terminal(Query);
        var file = Path.Combine(terminal.Directory, "plan-database.connection");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Contains($"chmod 600 {file}", refusal.Message, StringComparison.Ordinal);
        File.Delete(file);
        refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default));
        Assert.Contains("can't be read", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Server=127.0.0.1,1;User ID=plan;Password=correct horse;Connect Timeout=1", "lacks Encrypt=true")]
    [InlineData("Server=127.0.0.1,1;User ID=plan;Password=correct horse;Encrypt=true;Connect Timeout=1", "The factory's database (SqlServer) refused: ")]
    [InlineData("Server=127.0.0.1;Colour=correct horse", "does not hold a connection string for SqlServer")]
    public async Task SqlServerThatCanNotBeHad_IsSaidWithoutThePassword(string connection, string said)
    {
        await using var terminal = Terminal(Query, "--PlanDatabase:Provider=SqlServer");
        Write(terminal, connection);
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => terminal.Get<PlanPullJob>().PullDueAsync(default).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", terminal.History()[0].Error, StringComparison.Ordinal);
    }

    [SqlServerFact]
    public async Task RealSqlServer_BringsTheRowsOfTheMonth()
    {
        await using var terminal = Terminal(
            "SELECT CAST(@first AS date) AS date, CAST('3012' AS char(6)) AS model, CAST(5 AS numeric(10,2)) AS count, NULL AS firstSerial, N'1001' AS line",
            "--PlanDatabase:Provider=SqlServer");
        Write(terminal, SqlServerFactAttribute.Connection!);
        await terminal.Get<PlanPullJob>().PullDueAsync(default);
        Assert.Equal(["01 3012 5 1001"], terminal.Planned());
    }

    private SqliteConnection Factory()
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private TerminalUnderTest Terminal(string query, params string[] overrides)
    {
        var terminal = new TerminalUnderTest(_authority.Url, ["--PlanPull:Source=Database", "--PlanDatabase:Provider=Sqlite", $"--PlanDatabase:Query={query}", .. overrides]);
        Write(terminal, $"Data Source={DatabaseFile}");
        return terminal;
    }

    private static void Write(TerminalUnderTest terminal, string connection) =>
        DurableFile.WriteInPlace(Path.Combine(terminal.Directory, "plan-database.connection"), System.Text.Encoding.UTF8.GetBytes(connection + "\n"));
}

/// <summary>Needs a SQL Server: its connection string (with Encrypt=true) in the environment's PROVISIONING_TEST_SQLSERVER.</summary>
internal sealed class SqlServerFactAttribute : FactAttribute
{
    public SqlServerFactAttribute()
    {
        if (string.IsNullOrEmpty(Connection))
            Skip = "PROVISIONING_TEST_SQLSERVER names no SQL Server";
    }

    public static string? Connection => Environment.GetEnvironmentVariable("PROVISIONING_TEST_SQLSERVER");
}
