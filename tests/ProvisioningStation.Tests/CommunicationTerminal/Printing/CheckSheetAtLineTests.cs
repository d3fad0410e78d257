using System.Text;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

/// <summary>Check sheets that a line's station prints by itself (<c>GetCheckSheet</c>).</summary>
public sealed class CheckSheetAtLineTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(
            _authority.Url,
            "--StationApi:Lines:0:Line=1002",
            "--StationApi:Lines:0:Models:0=A123",
            "--StationApi:MaxAttempts=1",
            "--Listen:Port=0",
            "--PlanPull:Url=https://127.0.0.1:1/plan");
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 2, line: "1001"));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Sheet_IsAPdfOfTheUnit_OnRecordAtItsLine()
    {
        var pdf = await GetAsync(RequestId.New(), Number);

        Assert.StartsWith("%PDF-", Encoding.Latin1.GetString(pdf), StringComparison.Ordinal);
        Assert.Contains($"({Number}) Tj", PdfTests.Content(pdf), StringComparison.Ordinal);
        Assert.Contains("(Check sheet) Tj", PdfTests.Content(pdf), StringComparison.Ordinal);
        var printed = Events()[^1];
        Assert.Equal(("Printed", "station 1001", "1001"), (printed.What, printed.Who, printed.Line));
        Assert.StartsWith("CheckSheet, printing ", printed.Detail, StringComparison.Ordinal);
        Assert.NotEqual("Printed", LastAudit()?.Action); // one a unit would make the trail a second store
        Assert.Empty(_terminal.Get<PrintJobs>().Latest(10)); // the list of what persons printed
    }

    [Fact]
    public async Task LostAnswer_IsAskedForAgainByItsId_AndIsNoSecondPrinting()
    {
        var id = RequestId.New();
        var first = await GetAsync(id, Number);
        await _terminal.RestartAsync();

        Assert.Equal(first, await GetAsync(id, Number));
        Assert.Single(Events(), happened => happened.What is "Printed" or "Reprinted");
        Assert.Equal(2, _terminal.Get<PrintJobs>().Find(id.ToString()).Deliveries);
        await RefusedAsync(ErrorCode.RequestIdReused, () => GetAsync(id, "3012-100002"));
    }

    [Fact]
    public async Task SecondSheet_NeedsAReason_SaysThatItIsOne_AndIsAudited()
    {
        await GetAsync(RequestId.New(), Number);
        var id = RequestId.New();

        var refusal = await RefusedAsync(ErrorCode.Conflict, () => GetAsync(id, Number));
        Assert.Contains("station 1001", refusal.Message, StringComparison.Ordinal);
        var pdf = await GetAsync(id, Number, reason: "paper jam");

        Assert.Contains("(REPRINT 1) Tj", PdfTests.Content(pdf), StringComparison.Ordinal);
        Assert.Equal(("Reprinted", $"CheckSheet, printing {id}: paper jam"), (Events()[^1].What, Events()[^1].Detail));
        Assert.Equal(("station 1001", "Reprinted", Number), (LastAudit()?.Actor, LastAudit()?.Action, LastAudit()?.Subject));
    }

    [Theory]
    [InlineData(ErrorCode.WrongLine, Number, "1002")] // may not have its certificate
    [InlineData(ErrorCode.WrongLine, "A123-100001", "1003")] // is planned for another line
    [InlineData(ErrorCode.NotInStore, "3012-999999", "1001")]
    [InlineData(ErrorCode.NotManaged, "3013-100001", "1001")]
    public async Task UnitThatTheLineMayNotHave_IsRefusedAndLeavesNoTrace(ErrorCode code, string number, string line)
    {
        var id = RequestId.New();
        await RefusedAsync(code, () => GetAsync(id, number, line));
        await RefusedAsync(ErrorCode.NotFound, () => Task.FromResult(_terminal.Get<PrintJobs>().Find(id.ToString())));
    }

    [Fact]
    public async Task BlockedUnit_GetsNone()
    {
        await _terminal.RequestAsync(Number);
        Assert.Equal(NextStep.Blocked, await _terminal.ResultAsync(Number, 1, succeeded: false));
        await RefusedAsync(ErrorCode.Blocked, () => GetAsync(RequestId.New(), Number));
    }

    [Fact]
    public async Task UnknownLanguage_IsRefused() => await RefusedAsync(ErrorCode.MalformedRequest, () => GetAsync(RequestId.New(), Number, language: "fr"));

    [Fact]
    public async Task OverTheWire_OnlyStationsAreAnswered()
    {
        await _terminal.StartAsync();
        using var station = Client(Role.LineStation, "1001");
        var request = new GetCheckSheetRequest(RequestId.New(), MachineNumber.Parse(Number), "ja");
        var answer = await new SoapClient(station, ErrorCode.TerminalUnavailable).CallAsync<GetCheckSheetRequest, GetCheckSheetResponse>(request, default);
        Assert.StartsWith("%PDF-", Encoding.Latin1.GetString(answer.Document), StringComparison.Ordinal);

        using var person = Client(Role.Operator, "operator");
        await RefusedAsync(
            ErrorCode.NotAuthorized,
            () => new SoapClient(person, ErrorCode.TerminalUnavailable).CallAsync<GetCheckSheetRequest, GetCheckSheetResponse>(request, default));
    }

    private async Task<byte[]> GetAsync(RequestId id, string number, string line = "1001", string? language = null, string? reason = null) =>
        (await _terminal.Get<GetCheckSheet>().HandleAsync(
            new GetCheckSheetRequest(id, MachineNumber.Parse(number), language, reason),
            new PeerIdentity(Role.LineStation, line, null),
            default)).Document;

    private IReadOnlyList<UnitHappening> Events() => _terminal.Get<UnitHistories>().Find(MachineNumber.Parse(Number)).Events;

    private AuditEvent? LastAudit() => _terminal.Get<AuditReader>().Find(new AuditFilter(null, null, null, null, null), long.MaxValue, 1).SingleOrDefault();

    private HttpClient Client(Role role, string name) =>
        new(TestPki.Shared.Part(role, name).CreateHandler(static peer => peer is { Role: Role.CommunicationTerminal }, "the terminal")) { BaseAddress = _terminal.Address };
}
