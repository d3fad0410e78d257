using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.LineStation;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Workers;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>What the journal forgets after two hundred thousand rows, and what it may not forget.</summary>
public sealed class JournalRetentionTests : IDisposable
{
    private const string Sent = "3012-100001";
    private const string Passed = "3012-100002";

    private readonly TemporaryDirectory _files = new();
    private readonly Database _database;

    public JournalRetentionTests() => _database = new Database(_files["line-station.db"], typeof(LineStationApp).Assembly, Durability.Kill);

    [Fact]
    public async Task OldRows_AreForgotten_ButNotThatAPackWasSentToAUnitWithoutAPass()
    {
        using (var before = await OpenAsync())
        {
            await before.RecordAsync(Row(StationStep.Scanned, Sent), default);
            await before.RecordAsync(Row(StationStep.Write, Sent), default);
            await before.RecordAsync(Row(StationStep.Done, Sent) with { Verdict = Verdict.Fail }, default);
            await before.RecordAsync(Row(StationStep.Write, Passed), default);
            await before.RecordAsync(Row(StationStep.Done, Passed) with { Verdict = Verdict.Pass }, default);
        }

        await FillAsync(200_000);
        using var journal = await OpenAsync();
        Assert.Equal(200_001, Count("1 = 1"));
        Assert.Equal(1, Count($"machine_number = '{Sent}'"));
        Assert.Equal(0, Count($"machine_number = '{Passed}'"));
        Assert.True(journal.WasSent(MachineNumber.Parse(Sent), 1));
        Assert.True(journal.HasUnfinished(MachineNumber.Parse(Sent)));
    }

    [Fact]
    public async Task StationThatIsNeverRestarted_ForgetsToo()
    {
        await FillAsync(209_999);
        using var journal = await OpenAsync();
        Assert.Equal(200_000, Count("1 = 1"));
        await journal.RecordAsync(Row(StationStep.Scanned, Sent), default);
        Assert.Equal(200_000, Count("1 = 1"));
        await journal.RecordAsync(Row(StationStep.Identify, Sent), default);
        Assert.Equal(200_001, Count("1 = 1"));
    }

    public void Dispose()
    {
        _database.Dispose();
        _files.Dispose();
    }

    private static JournalEntry Row(StationStep step, string number) => new(step) { MachineNumber = number, Attempt = 1 };

    private async Task<LineJournal> OpenAsync()
    {
        var journal = new LineJournal(_database, new LineOptions { Name = "1001" }, new SignedInWorker(), TimeProvider.System);
        await journal.OpenAsync(default);
        return journal;
    }

    private Task FillAsync(int rows) => _database.WriteAsync(
        (connection, transaction) => connection.Execute(
            """
            WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < @rows)
            INSERT INTO journal (sequence, time, step, attempt, seconds)
            SELECT (SELECT COALESCE(MAX(sequence), 0) FROM journal) + n, '2026-01-01T00:00:00.0000000+00:00', 'Delivered', 0, 0 FROM counted
            """,
            new { rows },
            transaction),
        default);

    private int Count(string condition) => _database.Read((DbConnection connection) => connection.QuerySingle<int>($"SELECT COUNT(*) FROM journal WHERE {condition}"));
}
