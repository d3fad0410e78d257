using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>The terminal with its sample configuration and all its jobs running, over real sockets between a plan, a CA and stations.</summary>
public sealed class RunningTerminalTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private FakeCertificateAuthority _authority = null!;
    private RunningProductionManagement _production = null!;
    private WebApplication _terminal = null!;
    private Uri _url = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _production = await RunningProductionManagement.StartAsync("--Plan:Models:0:CountPerDay=30", "--Plan:Models:3:CountPerDay=20");
        TestPki.Shared.WritePart(_directory.Path, Role.CommunicationTerminal, "factory-1");
        _terminal = CommunicationTerminalApp.Build(
        [
            "--config", RepositoryFiles.Resolve("station-config/communication-terminal.json"), "--data", _directory.Path, "--Listen:Port=0", "--ManagerListen:Port=0",
            $"--CertificateAuthority:Address={_authority.Url}", $"--PlanPull:Url={_production.Url}plan",
        ]);
        await _terminal.StartAsync();
        _url = new Uri(_terminal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");
    }

    public async Task DisposeAsync()
    {
        await _terminal.StopAsync();
        await _terminal.DisposeAsync();
        await _production.DisposeAsync();
        await _authority.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task FreshStart_PullsIssuesAndServesStationsAndOperators()
    {
        using var operatorIdentity = TestPki.Shared.Part(Role.Operator, "operator");
        using var manager = new OperatorClient(_url, operatorIdentity, Role.CommunicationTerminal);
        var day = await WaitForStoreAsync(manager);
        Assert.Equal([new ModelDay("3012", 30, 30, 0, 0, 0), new ModelDay("A123", 20, 20, 0, 0, 0)], day.Models);
        Assert.Null(day.PullError);

        using var http = Client(Role.LineStation, "1001");
        var station = new SoapClient(http, ErrorCode.TerminalUnavailable);
        var number = MachineNumber.Parse("3012-100001");
        var pack = (await station.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(new RequestCertificateRequest(number), default)).CertificatePack;
        await station.CallAsync<ReportReceiptRequest, ReportReceiptResponse>(new ReportReceiptRequest(number, 1), default);
        var result = await station.CallAsync<ReportWriteResultRequest, ReportWriteResultResponse>(
            new ReportWriteResultRequest(number, 1, true, string.Empty, pack.Fingerprint, "1.0.0"),
            default);
        Assert.Equal(NextStep.Finished, result.Next);
        await station.CallAsync<ReportProofRequest, ReportProofResponse>(new ReportProofRequest(number, 1, pack.Fingerprint), default);
        var unit = await station.CallAsync<GetUnitRequest, GetUnitResponse>(new GetUnitRequest(number), default);
        Assert.Equal((CertificateState.Proved, pack.Fingerprint), (unit.State, unit.CertificateFingerprint!.Value));
        var common = await station.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()), default);
        Assert.Equal(TestPki.Shared.CommonPack.Fingerprint, common.CertificatePack.Fingerprint);

        Assert.Equal(new ModelDay("3012", 30, 30, 1, 1, 0), (await manager.GetTodayAsync(default)).Models[0]);
        var page = await manager.GetUnitsAsync(UnitState.Stored, ModelCode.Parse("3012"), "3012-100010", 5, default);
        Assert.Equal(["3012-100011", "3012-100012", "3012-100013", "3012-100014", "3012-100015"], page.Select(summary => summary.MachineNumber));
        var proved = Assert.Single(await manager.GetUnitsAsync(UnitState.Proved, null, null, 5, default));
        Assert.Equal((pack.Fingerprint.ToString(), "1001"), (proved.CertificateFingerprint, proved.Line));
        Assert.NotNull(await manager.FindHealthAsync(default));
    }

    [Theory]
    [InlineData(Role.Operator)]
    [InlineData(Role.CertificateAuthority)]
    [InlineData(Role.ProductionManagement)]
    public async Task OtherPart_MayNotCallAsAStation(Role role)
    {
        using var http = Client(role, "1001");
        var station = new SoapClient(http, ErrorCode.TerminalUnavailable);
        await Refusals.RefusedAsync(
            ErrorCode.NotAuthorized,
            () => station.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(new RequestCertificateRequest(MachineNumber.Parse("3012-100001")), default));
    }

    [Theory]
    [InlineData("api/units", Role.LineStation, HttpStatusCode.Forbidden)]
    [InlineData("api/today", Role.LineStation, HttpStatusCode.Forbidden)]
    [InlineData("api/units?limit=0", Role.Operator, HttpStatusCode.BadRequest)]
    [InlineData("api/units?limit=1001", Role.Operator, HttpStatusCode.BadRequest)]
    [InlineData("api/units?after=x", Role.Operator, HttpStatusCode.BadRequest)]
    [InlineData("api/units?model=x", Role.Operator, HttpStatusCode.BadRequest)]
    [InlineData("api/units?state=x", Role.Operator, HttpStatusCode.BadRequest)]
    public async Task BadOrForeignOperatorRequest_IsRefused(string path, Role role, HttpStatusCode expected)
    {
        using var http = Client(role, "somebody");
        using var response = await http.GetAsync(path);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task CommonCertificateOrForeignCa_IsNoStation()
    {
        using var common = TestPki.Shared.Common();
        using var board = new HttpClient(common.CreateHandler(static _ => true, "the terminal")) { BaseAddress = _url };
        await Refusals.RefusedAsync(
            ErrorCode.NotAuthorized,
            () => new SoapClient(board, ErrorCode.TerminalUnavailable).CallAsync<GetUnitRequest, GetUnitResponse>(new GetUnitRequest(MachineNumber.Parse("3012-100001")), default));
        using var expiredIdentity = TestPki.Shared.Part(Role.LineStation, "1001", DateTimeOffset.UtcNow.AddDays(-1));
        using var expired = new HttpClient(expiredIdentity.CreateHandler(static _ => true, "the terminal")) { BaseAddress = _url };
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => expired.GetAsync("health"));
    }

    private static async Task<DaySummary> WaitForStoreAsync(OperatorClient manager)
    {
        for (var i = 0; i < 1200; i++)
        {
            var day = await manager.GetTodayAsync(default);
            if (day.Models.Count == 2 && day.Models.All(model => model.Issued == model.Planned))
                return day;
            await Task.Delay(50);
        }

        return await manager.GetTodayAsync(default);
    }

    private HttpClient Client(Role role, string name) =>
        new(TestPki.Shared.Part(role, name).CreateHandler(peer => peer is { Role: Role.CommunicationTerminal, Name: "factory-1" }, "the terminal")) { BaseAddress = _url };
}
