using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>The terminal as it is built for production, over a database of its own and the CA given; its jobs run when the test says so.</summary>
internal sealed class TerminalUnderTest : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Uri _authority;
    private string[] _overrides;
    private WebApplication _app;

    public TerminalUnderTest(Uri authority, params string[] overrides)
    {
        _authority = authority;
        _overrides = overrides;
        TestPki.Shared.WritePart(_directory.Path, Role.CommunicationTerminal, "factory-1");
        _app = Build(overrides);
    }

    public SettableTime Time { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    public DateOnly Today => DateOnly.FromDateTime(Time.Now.UtcDateTime);

    public string Directory => _directory.Path;

    /// <summary>Where it listens, once it is started.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");

    /// <summary>Listens, and runs its jobs.</summary>
    public Task StartAsync() => _app.StartAsync();

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A new process over the same files, as after a kill.</summary>
    public async Task RestartAsync(params string[] overrides)
    {
        await _app.DisposeAsync();
        string[] all = [.. _overrides, .. overrides];
        _app = Build(all);
        _overrides = all;
    }

    public Task PlanAsync(params PlanRow[] rows) => PlanAsync(PlanMonth.Of(rows[0].Date), rows);

    public Task PlanAsync(PlanMonth month, params PlanRow[] rows) => _app.Services.PlanAsync(month, rows);

    public PlanRow Row(string model, int count, int? firstSerial = null, string? line = null, DateOnly? date = null) =>
        new(date ?? Today, ModelCode.Parse(model), count, firstSerial, line);

    public Task RunBatchAsync() => Get<DailyBatchJob>().RunBatchAsync(default);

    public Unit Unit(string number) => Get<Database>().Read(connection => ProvisioningStation.CommunicationTerminal.CertificateStore.Unit.Find(connection, null, MachineNumber.Parse(number)))
        ?? throw new InvalidOperationException($"No unit {number}.");

    public IReadOnlyList<UnitSummary> Units(UnitState? state = null) =>
        Get<UnitSearch>().Find(new UnitFilter { State = state }, null, UnitSearch.MaxLimit).Items;

    public Task<RequestCertificateResponse> RequestAsync(string number, string line = "1001") =>
        Get<RequestCertificate>().HandleAsync(new RequestCertificateRequest(MachineNumber.Parse(number)), Station(line), default);

    public Task<SubmitCertificateRequestResponse> SubmitAsync(string number, byte[] certificateRequest, string line = "1001") =>
        Get<SubmitCertificateRequest>().HandleAsync(new SubmitCertificateRequestRequest(MachineNumber.Parse(number), certificateRequest), Station(line), default);

    public Task ReceiptAsync(string number, int attempt, string line = "1001") =>
        Get<ReportReceipt>().HandleAsync(new ReportReceiptRequest(MachineNumber.Parse(number), attempt), Station(line), default);

    public async Task<NextStep> ResultAsync(string number, int attempt, bool succeeded, string line = "1001", Fingerprint? fingerprint = null) =>
        (await Get<ReportWriteResult>().HandleAsync(
            new ReportWriteResultRequest(MachineNumber.Parse(number), attempt, succeeded, succeeded ? "written" : "verify failed", fingerprint, "1.0"),
            Station(line),
            default)).Next;

    public Task ProofAsync(string number, int attempt, string line = "1001", Fingerprint? fingerprint = null) =>
        Get<ReportProof>().HandleAsync(new ReportProofRequest(MachineNumber.Parse(number), attempt, fingerprint), Station(line), default);

    public Task<GetUnitResponse> GetUnitAsync(string number, string line = "1001") =>
        Get<GetUnit>().HandleAsync(new GetUnitRequest(MachineNumber.Parse(number)), Station(line), default);

    public async Task<CertificatePack> GetCommonAsync() =>
        (await Get<GetCommonCertificate>().HandleAsync(new GetCommonCertificateRequest(RequestId.New()), Station("1001"), default)).CertificatePack;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private static PeerIdentity Station(string line) => new(Role.LineStation, line, null);

    private WebApplication Build(string[] overrides) => CommunicationTerminalApp.Build(
        [
            "--data", _directory.Path,
            $"--CertificateAuthority:Address={_authority}",
            "--Factory:TimeZone=UTC",
            "--ManagedModels:Models:0:Model=3012",
            "--ManagedModels:Models:0:Managed=true",
            "--ManagedModels:Models:1:Model=A123",
            "--ManagedModels:Models:1:Managed=true",
            "--ManagedModels:Models:2:Model=3013",
            "--ManagedModels:Models:2:Managed=false",
            .. overrides,
        ],
        Time);
}

internal static class Refusals
{
    /// <summary>The refusal that <paramref name="act"/> ends with.</summary>
    public static async Task<ProvisioningException> RefusedAsync(ErrorCode code, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<ProvisioningException>(act);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }
}
