using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.DailyBatch;

/// <summary>Packs of past days that no line has had.</summary>
public sealed class LeftOverTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--DailyBatch:LeftOverAfterDays=2");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Kept_StayInStockAndAreShownByModelAndAge()
    {
        await BuildSomeAsync("Keep");
        Assert.Equal([("3012", 3, 7), ("A123", 3, 2)], _terminal.Get<BatchProgress>().ReadWithLeftOvers().LeftOvers.Select(left => (left.Model, left.Days, left.Count)));
        Assert.Empty(_authority.Returned);
        await _terminal.RequestAsync("3012-100009"); // they can still be built
    }

    [Fact]
    public async Task Reused_AreTakenFirstByTheNextAllocationOfTheirModel()
    {
        await BuildSomeAsync("Reuse");
        await _terminal.PlanAsync([.. Earlier, _terminal.Row("3012", 9, line: "1002"), _terminal.Row("A123", 1)]);
        await _terminal.RunBatchAsync();
        Assert.Equal([("2026-11-21", 3L), ("2026-11-24", 9L)], UnitsByDay("3012"));
        Assert.Equal("3012-100012", _terminal.Units().Last(unit => unit.MachineNumber.StartsWith("3012", StringComparison.Ordinal)).MachineNumber); // two new ones
        Assert.Equal("1002", _terminal.Unit("3012-100004").PlanLine);
        Assert.Equal([("2026-11-21", 1L), ("2026-11-24", 1L)], UnitsByDay("A123"));
        Assert.Equal(14, _authority.Valid.Count);
        Assert.Equal(8, Count("SELECT COUNT(*) FROM unit_event WHERE what = 'Moved'"));
        Assert.Equal((BatchState.Done, 10, 10), (Status.State, Status.Total, Status.Stored));
    }

    [Fact]
    public async Task ReuseWithGivenSerials_LeavesThemInStock()
    {
        await BuildSomeAsync("Reuse");
        await _terminal.PlanAsync([.. Earlier, _terminal.Row("3012", 5, firstSerial: 500)]);
        await _terminal.RunBatchAsync();
        Assert.Equal([("2026-11-21", 10L), ("2026-11-24", 5L)], UnitsByDay("3012"));
    }

    [Fact]
    public async Task Returned_LeaveTheStockAndTheCaRevokesThem()
    {
        await BuildSomeAsync("Return");
        await _terminal.RunBatchAsync();
        Assert.Equal(9, _terminal.Units(UnitState.Withdrawn).Count);
        Assert.Equal(3, _authority.Valid.Count);
        Assert.Equal(9, _authority.Returned.Values.Single().Count);
        Assert.Equal(0, Status.ReturnsOwed);
        await Refusals.RefusedAsync(ErrorCode.NotInStore, () => _terminal.RequestAsync("3012-100009"));
        Assert.Empty(_terminal.Get<BatchProgress>().ReadWithLeftOvers().LeftOvers);
    }

    [Fact]
    public async Task LostAnswerToAReturn_IsAskedForAgainByTheSameIdAndRevokesNothingNew()
    {
        await BuildSomeAsync("Return");
        _authority.LoseReturnAnswer = true;
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        Assert.Equal(9, Status.ReturnsOwed);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Single(_authority.Returned);
        Assert.Equal(0, Status.ReturnsOwed);
    }

    [Fact]
    public async Task PackOfALineIsNeverReturned_HoweverOldItIs()
    {
        await BuildSomeAsync("Return");
        _terminal.Time.Now += TimeSpan.FromDays(300);
        await _terminal.RunBatchAsync();
        Assert.Equal([UnitState.Stored, UnitState.Written, UnitState.Stored], new[] { "3012-100001", "3012-100002", "3012-100003" }.Select(number => _terminal.Unit(number).State));
    }

    private PlanRow[] Earlier => [_terminal.Row("3012", 10, date: new DateOnly(2026, 11, 21)), _terminal.Row("A123", 2, date: new DateOnly(2026, 11, 21))];

    private BatchStatus Status => _terminal.Get<BatchProgress>().Read();

    /// <summary>Ten units of 3012 and two of A123, of which lines have had three; then three days pass.</summary>
    private async Task BuildSomeAsync(string rule)
    {
        await _terminal.RestartAsync($"--DailyBatch:LeftOvers={rule}");
        await _terminal.PlanAsync(Earlier);
        await _terminal.RunBatchAsync();
        foreach (var number in new[] { "3012-100001", "3012-100002", "3012-100003" })
            await _terminal.RequestAsync(number);
        await _terminal.ResultAsync("3012-100002", 1, succeeded: true);
        _terminal.Time.Now += TimeSpan.FromDays(3);
    }

    private List<(string, long)> UnitsByDay(string model) => _terminal.Get<Database>().Read(connection =>
        connection.Query<(string, long)>("SELECT plan_date, COUNT(*) FROM unit WHERE model = @model GROUP BY plan_date ORDER BY plan_date", new { model }).ToList());

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql));
}
