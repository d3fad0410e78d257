using System.ComponentModel.DataAnnotations;
using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.OperatorApi;
using ProvisioningStation.CommunicationTerminal.Purging;
using ProvisioningStation.CommunicationTerminal.Records.Reports;
using ProvisioningStation.CommunicationTerminal.Rework;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>Models whose boards make their own keys (P-28): A123 does, 3012 does not.</summary>
public sealed class BoardMakesKeyTests : IAsyncLifetime
{
    private const string Number = "A123-100001";
    private const string Option = "--ManagedModels:Models:1:BoardMakesKey=true";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, Option);
        await _terminal.PlanAsync(_terminal.Row("3012", 2), _terminal.Row("A123", 3));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public void Batch_OrdersNoPacksForThem_AndNothingIsShort()
    {
        Assert.Equal(UnitState.Planned, _terminal.Unit(Number).State);
        Assert.Equal(2, _authority.Valid.Count);
        var status = _terminal.Get<BatchProgress>().Read();
        Assert.Equal((BatchState.Done, 5, 5), (status.State, status.Total, status.Stored));
        Assert.Equal(0, _terminal.Get<TodayNumbers>().Read().Day.All.WithoutPack);
        Assert.All(_terminal.Get<TodayEndpoint>().Get().Models, model => Assert.Equal(model.Planned, model.Issued));
    }

    [Fact]
    public async Task Station_IsToldToAskTheBoard_AndGetsAPackWithoutAKey()
    {
        var refusal = await RefusedAsync(ErrorCode.CertificateRequestRequired, () => _terminal.RequestAsync(Number));
        Assert.Contains("make their own keys", refusal.Message, StringComparison.Ordinal);

        var response = await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        Assert.Equal(1, response.Attempt);
        Assert.Null(response.CertificatePack.PrivateKey);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: false));
        await RefusedAsync(ErrorCode.CertificateRequestRequired, () => _terminal.RequestAsync(Number));
        var second = await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        Assert.Equal(2, second.Attempt);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true));
        await _terminal.ProofAsync(Number, 2);
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number));
    }

    [Fact]
    public async Task PlannedUnit_CanBeScrapped_AndTheAuthorityHearsNothing()
    {
        var number = MachineNumber.Parse(Number);
        Assert.True(_terminal.Get<ReworkList>().Find(number)!.CanBeScrapped);
        await _terminal.Get<ReworkDesk>().ScrapAsync(number, UnitState.Planned, 1, "fell down", "Supervisor sato", default);
        Assert.Equal(UnitState.Scrapped, _terminal.Unit(Number).State);
        await RefusedAsync(ErrorCode.Blocked, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
    }

    [Fact]
    public async Task ScrappedAfterALostAnswer_IsGivenBackToTheAuthority()
    {
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        Assert.Equal(UnitState.Planned, _terminal.Unit(Number).State);
        await _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse(Number), UnitState.Planned, 1, "fell down", "Supervisor sato", default);
        Assert.Equal(1, Count($"SELECT COUNT(*) FROM certificate_return WHERE machine_number = '{Number}'"));
    }

    [Fact]
    public async Task ScrappedWhileTheAuthoritySigns_IsGivenBackOnceTheAnswerIsHere()
    {
        var (begun, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        _authority.Hold = number =>
        {
            begun.SetResult();
            return released.Task;
        };
        var asked = _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse(Number), UnitState.Planned, 1, "fell down", "Supervisor sato", default);
        await _terminal.RunBatchAsync();
        Assert.Empty(_authority.Returned); // told now, the CA would find nothing to be revoked, and sign afterwards

        released.SetResult();
        await RefusedAsync(ErrorCode.Blocked, () => asked);
        Assert.True(_authority.Valid.ContainsKey(MachineNumber.Parse(Number)));
        await _terminal.RunBatchAsync();
        Assert.False(_authority.Valid.ContainsKey(MachineNumber.Parse(Number)));
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
        Assert.Equal(UnitState.Scrapped, _terminal.Unit(Number).State);
    }

    [Fact]
    public async Task DayReport_CountsCertificatesThatThereWere()
    {
        Assert.Equal([("3012", 2, 2, 2), ("A123", 3, 3, 0)], Reported().Models.Select(model => (model.Model, model.Planned, model.Outstanding, model.Attempts)));
        await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        await _terminal.ResultAsync(Number, 1, succeeded: false);
        await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        await _terminal.ResultAsync(Number, 2, succeeded: true);
        await _terminal.ProofAsync(Number, 2);
        await _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse("A123-100002"), UnitState.Planned, 1, "fell down", "Supervisor sato", default);
        var report = Reported();
        Assert.Equal(new ReportedModel("A123", Planned: 3, Proved: 1, Scrapped: 1, Outstanding: 1, Withdrawn: 0, Purged: 0, InPlan: 3, Attempts: 2, Failures: 1), report.Models[1]);
        Assert.Empty(report.Discrepancies);

        ReportedUnits.Reading Reported() => _terminal.Get<ReportedUnits>().Read(_terminal.Today);
    }

    [Fact]
    public async Task CorrectedPlan_TakesBackWhatWasNeverScanned_AndTheAuthorityHearsNothing()
    {
        await _terminal.SubmitAsync("A123-100003", BoardMade.Request("CN=A123-100003"));
        await _terminal.PlanAsync(_terminal.Row("3012", 2), _terminal.Row("A123", 1));
        await _terminal.Get<Database>().WriteAsync((connection, transaction) => _terminal.Get<DayPlan>().Bring(connection, transaction, _terminal.Row("A123", 1)), default);
        Assert.Equal([UnitState.Withdrawn, UnitState.Withdrawn, UnitState.Stored], new[] { 1, 2, 3 }.Select(serial => _terminal.Unit($"A123-10000{serial}").State));
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate_return"));
        await RefusedAsync(ErrorCode.NotInStore, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
    }

    [Fact]
    public async Task Purge_LeavesUnitsWhoseBoardsMakeTheirKeys()
    {
        await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        var (orders, model) = (_terminal.Get<PurgeOrders>(), ModelCode.Parse("A123"));
        Assert.Equal((0, 1), (orders.Preview(model).Unused, orders.Preview(model).InHand));
        await RefusedAsync(ErrorCode.Conflict, () => orders.OrderAsync(model, 0, evenIfPlanned: true, "Manager tanaka", default));

        // Packs from before the model was given over to board-made keys go, and nothing else.
        await _terminal.RestartAsync("--ManagedModels:Models:0:BoardMakesKey=true");
        await _terminal.Get<PurgeOrders>().OrderAsync(ModelCode.Parse("3012"), 2, evenIfPlanned: true, "Manager tanaka", default);
        await _terminal.Get<PurgeJob>().CarryOutAsync(default);
        Assert.Equal(2, Count("SELECT COUNT(*) FROM unit WHERE state = 'Purged' AND model = '3012'"));
        Assert.Equal(["A123"], _terminal.Get<Database>().Read(connection => connection.Query<string>("SELECT SUBSTR(machine_number, 1, 4) FROM certificate").ToList()));
        await RefusedAsync(ErrorCode.NotInStore, () => _terminal.SubmitAsync("3012-100001", BoardMade.Request("CN=3012-100001")));
    }

    [Fact]
    public async Task FigureOfStockAndModels_SayWhoMakesTheKey()
    {
        Assert.Equal([("3012", false), ("A123", true)], _terminal.Get<Stock>().Read().Select(model => (model.Model, model.BoardMakesKey)));
        Assert.Equal([("3012", false), ("3013", false), ("A123", true)], _terminal.Get<ModelNumbers>().Read().Select(model => (model.Model, model.BoardMakesKey)));
        await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        Assert.Equal((1, 1), (_terminal.Get<Stock>().Read()[1].InStore, _terminal.Get<Stock>().Read()[1].InHand));
    }

    [Fact]
    public void OptionWithoutManaged_IsRefusedAtTheStart()
    {
        var options = new ManagedModelsOptions { Models = [new ModelEntry { Model = "3013", BoardMakesKey = true }] };
        var problem = Assert.Single(options.Validate(new ValidationContext(options)));
        Assert.Contains("3013", problem.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Set Managed", problem.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherModel_GetsItsPackAsBefore() => Assert.NotNull((await _terminal.RequestAsync("3012-100001")).CertificatePack.PrivateKey);

    [Fact]
    public async Task UnitsWithPacks_KeepThem_WhenTheirModelIsChanged()
    {
        await _terminal.RestartAsync("--ManagedModels:Models:0:BoardMakesKey=true");
        Assert.NotNull((await _terminal.RequestAsync("3012-100001")).CertificatePack.PrivateKey);
        await RefusedAsync(ErrorCode.CertificateRequestRequired, () => _terminal.RequestAsync("3012-100001", "1002")); // another line's board needs a new certificate
    }

    [Fact]
    public async Task RepeatedSuccessOfAScrappedUnit_IsNotToBeTriedAgain()
    {
        await _terminal.RequestAsync("3012-100001");
        await _terminal.ResultAsync("3012-100001", 1, succeeded: true);
        await _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse("3012-100001"), UnitState.Written, 1, "fell down", "Supervisor sato", default);
        Assert.Equal(NextStep.Blocked, await _terminal.ResultAsync("3012-100001", 1, succeeded: true));
    }

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql));
}
