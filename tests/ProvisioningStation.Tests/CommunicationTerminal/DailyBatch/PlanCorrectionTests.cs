using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.DailyBatch;

/// <summary>What a confirmed correction of the plan does to days that have their numbers already.</summary>
public sealed class PlanCorrectionTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;
    private int _pull;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--DailyBatch:ChunkSize=100");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task MoreUnits_GetFurtherSerialsAndTheirPacks()
    {
        await AllocateAsync(_terminal.Row("3012", 10));
        Assert.Equal("Units: 5 added.", await CorrectAsync(_terminal.Row("3012", 15)));
        await _terminal.RunBatchAsync();
        Assert.Equal(15, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal("3012-100015", _terminal.Units()[^1].MachineNumber);
        Assert.Equal("Nothing had to be changed.", await CorrectAsync(_terminal.Row("3012", 15)));
        Assert.Equal(2, _authority.Asked.Count);
    }

    [Fact]
    public async Task FewerUnits_TakesBackOnlyWhatNoLineHasHadAndTheCaRevokesIt()
    {
        await AllocateAsync(_terminal.Row("3012", 10));
        await _terminal.RequestAsync("3012-100010");
        await _terminal.RequestAsync("3012-100003");
        await _terminal.ResultAsync("3012-100003", 1, succeeded: true);
        Assert.Equal("Units: 8 withdrawn; 1 more than planned stay, because a line has had them.", await CorrectAsync(_terminal.Row("3012", 1)));
        Assert.Equal(["3012-100003", "3012-100010"], _terminal.Units().Where(unit => unit.State != UnitState.Withdrawn).Select(unit => unit.MachineNumber));
        Assert.Equal(2, _authority.Valid.Count);
        Assert.Equal(8, _authority.Returned.Values.Single().Count);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate c JOIN unit u ON u.machine_number = c.machine_number WHERE u.state = 'Withdrawn'"));
        Assert.Equal(8, Count("SELECT COUNT(*) FROM unit_event WHERE what = 'Withdrawn'"));
    }

    [Fact]
    public async Task HighestNumbersAreTakenBackFirst_AndThoseWithoutACertificateBeforeTheOthers()
    {
        _authority.RefuseIssue = numbers => numbers[0].Serial == 100_101 ? new ProvisioningException(ErrorCode.QuotaExceeded, "no quota") : null;
        await AllocateAsync(_terminal.Row("3012", 150));
        await CorrectAsync(_terminal.Row("3012", 90));
        Assert.Equal(90, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal("3012-100090", _terminal.Units(UnitState.Stored)[^1].MachineNumber);
        _authority.RefuseIssue = static _ => null;
        await _terminal.RunBatchAsync(); // the request may have reached the CA, so it is completed, and what it brings goes back
        await _terminal.RunBatchAsync();
        Assert.Equal(90, _authority.Valid.Count);
        Assert.Equal(90, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return") + Count("SELECT COUNT(*) FROM return_request"));
    }

    [Fact]
    public async Task RequestThatWasNeverSent_IsCutAndTheCaHearsNothingOfIt()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 100));
        await _terminal.Get<BatchAllocation>().AllocateDueAsync(default);
        await CorrectAsync(_terminal.Row("3012", 60));
        Assert.Equal(60, _authority.Valid.Count);
        Assert.Single(_authority.Asked);
        Assert.Empty(_authority.Returned);
    }

    [Fact]
    public async Task MovedUnits_TakeTheirPacksToTheOtherDay()
    {
        var tomorrow = _terminal.Today.AddDays(1);
        await AllocateAsync(_terminal.Row("3012", 10), _terminal.Row("3012", 5, date: tomorrow));
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.RunBatchAsync();
        await CorrectAsync(_terminal.Row("3012", 4, date: tomorrow.AddDays(-1)), _terminal.Row("3012", 11, line: "1002", date: tomorrow));
        Assert.Equal([("2026-11-21", 4L), ("2026-11-22", 11L)], UnitsByDay());
        Assert.Equal("1002", _terminal.Unit("3012-100010").PlanLine);
        Assert.Equal(15, _authority.Valid.Count);
        Assert.Empty(_authority.Returned);
        Assert.Equal("Units: 6 moved here from another day.", Result(tomorrow));
        Assert.Equal(6, Count("SELECT COUNT(*) FROM unit_event WHERE what = 'Moved'"));
    }

    [Fact]
    public async Task GivenSerials_AreExtendedMovedAndTakenBackByNumber()
    {
        var tomorrow = _terminal.Today.AddDays(1);
        await AllocateAsync(_terminal.Row("3012", 10, firstSerial: 500), _terminal.Row("3012", 10, firstSerial: 510, date: tomorrow));
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.RunBatchAsync();
        await CorrectAsync(_terminal.Row("3012", 7, firstSerial: 500, date: tomorrow.AddDays(-1)), _terminal.Row("3012", 15, firstSerial: 507, date: tomorrow));
        Assert.Equal([("2026-11-21", 7L), ("2026-11-22", 15L)], UnitsByDay());
        Assert.Equal("Units: 2 added; 3 moved here from another day.", Result(tomorrow));
        Assert.Empty(_authority.Returned);
        await _terminal.RunBatchAsync();
        Assert.Equal(22, _terminal.Units(UnitState.Stored).Count);

        await CorrectAsync(_terminal.Row("3012", 5, firstSerial: 507, date: tomorrow));
        Assert.Equal(12, _authority.Valid.Count);
        await CorrectAsync(_terminal.Row("3012", 15, firstSerial: 507, date: tomorrow)); // once more: the numbers come back with new certificates
        await _terminal.RunBatchAsync();
        Assert.Equal(22, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(22, _authority.Valid.Count);
        Assert.All(_terminal.Units(), unit => Assert.Equal(_authority.Valid[MachineNumber.Parse(unit.MachineNumber)].ToString(), unit.CertificateFingerprint));
    }

    [Fact]
    public async Task NumberThatComesBack_IsNotOrderedBeforeTheCaHasEndedItsEarlierCertificate()
    {
        await AllocateAsync(_terminal.Row("3012", 5, firstSerial: 500));
        _authority.IsDown = true;
        await StoreCorrectionAsync(_terminal.Row("3012", 2, firstSerial: 500));
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        Assert.Equal(3, _terminal.Get<BatchProgress>().Read().ReturnsOwed);
        await StoreCorrectionAsync(_terminal.Row("3012", 5, firstSerial: 500));
        await Refusals.RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        await Refusals.RefusedAsync(ErrorCode.NotInStore, () => _terminal.RequestAsync("3012-000504")); // its old pack is not to be had
        _authority.IsDown = false;
        await _terminal.RunBatchAsync();
        Assert.Equal(5, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(3, _authority.Returned.Values.Single().Count);
        Assert.Equal(5, _authority.Valid.Count);
        Assert.Equal(_authority.Valid[MachineNumber.Parse("3012-000504")].ToString(), _terminal.Units()[4].CertificateFingerprint);
    }

    [Fact]
    public async Task WithdrawnAndWantedAgainWhileItsPackIsOnItsWay_IsStoredByTheSameRequest()
    {
        _authority.BreakAfter = 50;
        await AllocateAsync(_terminal.Row("3012", 100, firstSerial: 500));
        await StoreCorrectionAsync(_terminal.Row("3012", 80, firstSerial: 500));
        await _terminal.Get<PlanCorrections>().ApplyAsync(default);
        await StoreCorrectionAsync(_terminal.Row("3012", 100, firstSerial: 500));
        await _terminal.RunBatchAsync();
        Assert.Equal(100, _terminal.Units(UnitState.Stored).Count);
        Assert.Single(_authority.Asked.Distinct());
        Assert.Empty(_authority.Returned);
    }

    [Fact]
    public async Task UnitThatWasPurgedBeforeItsRequestWasSent_LeavesNoValidCertificateAtTheCa()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 5));
        await _terminal.Get<BatchAllocation>().AllocateDueAsync(default);
        await _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute("UPDATE unit SET state = 'Purged' WHERE machine_number = '3012-100002'", transaction: transaction), default);
        await _terminal.RunBatchAsync();
        Assert.Equal(1, Count("SELECT COUNT(*) FROM certificate_return"));
        await _terminal.RunBatchAsync();
        Assert.Equal(4, _authority.Valid.Count);
        Assert.Equal(4, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
    }

    [Fact]
    public async Task OtherLine_IsThatOfUnitsThatNoLineHasHad()
    {
        await AllocateAsync(_terminal.Row("3012", 3, line: "1001"));
        await _terminal.RequestAsync("3012-100001");
        await CorrectAsync(_terminal.Row("3012", 3, line: "1002"));
        Assert.Equal(["1001", "1002", "1002"], _terminal.Units().Select(unit => _terminal.Unit(unit.MachineNumber).PlanLine));
        await Refusals.RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("3012-100002"));
        await CorrectAsync(_terminal.Row("3012", 3));
        await _terminal.RequestAsync("3012-100002");
    }

    private async Task AllocateAsync(params PlanRow[] rows)
    {
        await _terminal.PlanAsync(rows);
        try
        {
            await _terminal.RunBatchAsync();
        }
        catch (ProvisioningException failed) when (failed.Code is ErrorCode.QuotaExceeded or ErrorCode.CaUnavailable)
        {
            // The test has the CA refuse, or break off, what it is about to correct.
        }
    }

    private async Task<string> CorrectAsync(params PlanRow[] rows)
    {
        await StoreCorrectionAsync(rows);
        try
        {
            await _terminal.RunBatchAsync();
        }
        catch (ProvisioningException failed) when (failed.Code == ErrorCode.QuotaExceeded)
        {
            // As before.
        }

        return Result(rows[0].Date);
    }

    /// <summary>As the manager's confirmation stores it.</summary>
    private Task StoreCorrectionAsync(params PlanRow[] rows)
    {
        _pull++;
        return _terminal.Get<Database>().WriteAsync(
            (connection, transaction) =>
            {
                foreach (var row in rows)
                {
                    connection.Execute(
                        """
                        INSERT INTO plan_correction (pull_id, plan_date, model, before_count, after_count, after_first_serial, after_line, state, confirmed_at, confirmed_by)
                        VALUES (@pull, @date, @model, 0, @Count, @FirstSerial, @Line, 'Confirmed', '2026-11-21T08:00:00.000Z', 'Manager suzuki')
                        """,
                        new { pull = _pull, date = FactoryClock.Stored(row.Date), model = row.Model.ToString(), row.Count, row.FirstSerial, row.Line },
                        transaction);
                    connection.Execute(
                        "UPDATE plan_row SET unit_count = @Count, first_serial = @FirstSerial, line = @Line WHERE plan_date = @date AND model = @model",
                        new { date = FactoryClock.Stored(row.Date), model = row.Model.ToString(), row.Count, row.FirstSerial, row.Line },
                        transaction);
                }
            },
            default);
    }

    private string Result(DateOnly date) => _terminal.Get<Database>().Read(connection => connection.QueryFirst<string>(
        "SELECT result FROM plan_correction WHERE plan_date = @date AND state = 'Applied' ORDER BY correction_id DESC", new { date = FactoryClock.Stored(date) }));

    private List<(string, long)> UnitsByDay() => _terminal.Get<Database>().Read(connection =>
        connection.Query<(string, long)>("SELECT plan_date, COUNT(*) FROM unit WHERE state <> 'Withdrawn' GROUP BY plan_date ORDER BY plan_date").ToList());

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql));
}
