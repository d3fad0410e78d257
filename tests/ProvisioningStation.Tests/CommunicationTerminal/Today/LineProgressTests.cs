using ProvisioningStation.CommunicationTerminal.Rework;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>What the kiosk of a line shows of the day (<c>GetLineProgress</c>): planned = done + failed + remaining, at every line.</summary>
public sealed class LineProgressTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(
            _authority.Url,
            "--StationApi:Lines:0:Line=1003",
            "--StationApi:MaxAttempts=1",
            "--Listen:Port=0",
            "--PlanPull:Url=https://127.0.0.1:1/plan");
        // 3012 may be built at any line, A123 only at line 1002; 3013 gets no certificate.
        await _terminal.PlanAsync(_terminal.Row("3012", 10), _terminal.Row("A123", 5, line: "1002"), _terminal.Row("3013", 7));
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task BeforeTheBatch_ThePlanSaysIt()
    {
        Assert.Equal((10, 0, 0, 10), await OfAsync("1001"));
        Assert.Equal((15, 0, 0, 15), await OfAsync("1002"));
        Assert.Equal((0, 0, 0, 0), await OfAsync("1003")); // may fetch no model
    }

    [Fact]
    public async Task UnitsThatALineHas_CountThereOnly()
    {
        await _terminal.RunBatchAsync();
        await ProveAsync("3012-100001", "1001");
        await ProveAsync("3012-100002", "1001");
        await _terminal.RequestAsync("3012-100003", "1001");
        Assert.Equal(NextStep.Blocked, await _terminal.ResultAsync("3012-100003", 1, succeeded: false, "1001"));
        await _terminal.RequestAsync("3012-100004", "1002");
        await ProveAsync("A123-100001", "1002");

        Assert.Equal((9, 2, 1, 6), await OfAsync("1001"));
        Assert.Equal((12, 1, 0, 11), await OfAsync("1002"));
        Assert.Equal((0, 0, 0, 0), await OfAsync("1003"));
    }

    [Fact]
    public async Task UnitThatWasScrappedBeforeALineHadIt_IsNobodys()
    {
        await _terminal.RunBatchAsync();
        await ScrapAsync("3012-100001");

        Assert.Equal((9, 0, 0, 9), await OfAsync("1001"));
        Assert.Equal((14, 0, 0, 14), await OfAsync("1002"));
    }

    [Fact]
    public async Task PermissionThatWasTakenAway_LeavesWhatTheLineHasDone()
    {
        await _terminal.RunBatchAsync();
        await ProveAsync("3012-100001", "1001");
        await _terminal.RestartAsync("--StationApi:Lines:1:Line=1001");

        Assert.Equal((1, 1, 0, 0), await OfAsync("1001"));
    }

    [Fact]
    public async Task NextDay_BeginsAnew()
    {
        await _terminal.RunBatchAsync();
        await ProveAsync("3012-100001", "1001");
        _terminal.Time.Now += TimeSpan.FromDays(1);

        Assert.Equal((0, 0, 0, 0), await OfAsync("1001"));
    }

    [Fact]
    public async Task OverTheWire_OnlyStationsAreAnswered_EachForItsOwnLine()
    {
        await _terminal.StartAsync();
        Assert.Equal(10, (await CallAsync(Role.LineStation, "1001")).Planned);
        var other = await CallAsync(Role.LineStation, "1002");
        Assert.Equal((_terminal.Today, 15), (other.Date, other.Planned));
        await Refusals.RefusedAsync(ErrorCode.NotAuthorized, () => CallAsync(Role.Operator, "1001"));
    }

    private async Task<(int Planned, int Done, int Failed, int Remaining)> OfAsync(string line)
    {
        var progress = await _terminal.Get<GetLineProgress>().HandleAsync(new GetLineProgressRequest(), new PeerIdentity(Role.LineStation, line, null), default);
        return (progress.Planned, progress.Done, progress.Failed, progress.Remaining);
    }

    private async Task ProveAsync(string number, string line)
    {
        await _terminal.RequestAsync(number, line);
        await _terminal.ResultAsync(number, 1, succeeded: true, line);
        await _terminal.ProofAsync(number, 1, line);
    }

    private async Task ScrapAsync(string number) => await _terminal.Get<ReworkDesk>().ScrapAsync(MachineNumber.Parse(number), UnitState.Stored, 1, "fell down", "Supervisor sato", default);

    private async Task<GetLineProgressResponse> CallAsync(Role role, string name)
    {
        using var http = new HttpClient(TestPki.Shared.Part(role, name).CreateHandler(static peer => peer is { Role: Role.CommunicationTerminal }, "the terminal")) { BaseAddress = _terminal.Address };
        return await new SoapClient(http, ErrorCode.TerminalUnavailable).CallAsync<GetLineProgressRequest, GetLineProgressResponse>(new GetLineProgressRequest(), default);
    }
}
