using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A terminal over real SOAP and TLS whose store is a dictionary: every managed number has a pack, the third failure blocks.</summary>
internal sealed class TerminalStandIn : IAsyncDisposable
{
    /// <summary>The model whose boards make their own key (P-28).</summary>
    public const string BoardsMakeTheirKey = "A125";

    private readonly TestPki _pki;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Unit> _units = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, RequestId> _sheets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, string> _typed = new();
    private (int Id, string Number)? _again;

    private TerminalStandIn(TestPki pki, WebApplication app)
    {
        _pki = pki;
        _app = app;
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Calls in the order they came.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The requests for check sheets in the order they came.</summary>
    public ConcurrentQueue<GetCheckSheetRequest> SheetRequests { get; } = new();

    /// <summary>As if it had been printed at the terminal.</summary>
    public void HasSheet(string number) => _sheets[number] = RequestId.New();

    /// <summary>What this terminal gives for <paramref name="number"/>'s check sheet.</summary>
    public static byte[] SheetOf(string number) => System.Text.Encoding.ASCII.GetBytes($"%PDF-1.7 check sheet of {number}\n%%EOF\n");

    /// <summary>Called after an operation was carried out or refused, and before that is answered: throwing loses the answer.</summary>
    public Action<string>? BeforeAnswer { get; set; }

    /// <summary>What a person typed, whatever the station says that it has had.</summary>
    public void Type(int id, string number) => _typed[id] = number;

    /// <summary>Delivers one again, as a terminal does whose answer was lost.</summary>
    public void TypeAgain(int id, string number) => _again = (id, number);

    public static async Task<TerminalStandIn> StartAsync(TestPki pki, string directory, int port = 0)
    {
        var builder = ProgramHost.CreateBuilder(["--data", directory]);
        builder.ListenWithMutualTls(pki.Part(Role.CommunicationTerminal, "F1"), new ListenOptions { Port = port == 0 ? FreePort.Find() : port }); // one that nobody else takes while it is away
        var app = builder.Build();
        var terminal = new TerminalStandIn(pki, app);
        app.MapSoap("CommunicationTerminal", terminal.Map);
        await app.StartAsync(CancellationToken.None);
        terminal.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return terminal;
    }

    public Unit this[string number] => _units.GetOrAdd(number, added => new Unit(_pki.DevicePack(added)));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private void Map(SoapEndpoint soap)
    {
        soap.Operation<GetCommonCertificateRequest, GetCommonCertificateResponse>(
            (request, _, _) => Answer("GetCommonCertificate", () => new GetCommonCertificateResponse(request.RequestId, _pki.CommonPack)), Role.LineStation);
        soap.Operation<RequestCertificateRequest, RequestCertificateResponse>((request, peer, _) => Answer("RequestCertificate", () => Request(request, peer)), Role.LineStation);
        soap.Operation<SubmitCertificateRequestRequest, SubmitCertificateRequestResponse>((request, _, _) => Answer("SubmitCertificateRequest", () => Submit(request)), Role.LineStation);
        soap.Operation<GetUnitRequest, GetUnitResponse>((request, _, _) => Answer("GetUnit", () => Describe(request)), Role.LineStation);
        soap.Operation<ReportReceiptRequest, ReportReceiptResponse>((request, _, _) => Answer("ReportReceipt", () => new ReportReceiptResponse()), Role.LineStation);
        soap.Operation<ReportWriteResultRequest, ReportWriteResultResponse>((request, _, _) => Answer("ReportWriteResult", () => Report(request)), Role.LineStation);
        soap.Operation<GetCheckSheetRequest, GetCheckSheetResponse>((request, _, _) => Answer("GetCheckSheet", () => Print(request)), Role.LineStation);
        soap.Operation<AwaitTypedScanRequest, AwaitTypedScanResponse>((request, _, _) => AwaitTypedAsync(request), Role.LineStation);
        soap.Operation<ReportProofRequest, ReportProofResponse>((request, _, _) => Answer("ReportProof", () => Prove(request)), Role.LineStation);
    }

    private async Task<AwaitTypedScanResponse> AwaitTypedAsync(AwaitTypedScanRequest request)
    {
        if (_again is { } again)
        {
            _again = null;
            return new AwaitTypedScanResponse(again.Id, MachineNumber.Parse(again.Number));
        }

        foreach (var (id, number) in _typed.OrderBy(typed => typed.Key))
        {
            if (id > request.After)
                return new AwaitTypedScanResponse(id, MachineNumber.Parse(number));
        }

        await Task.Delay(50);
        return new AwaitTypedScanResponse(request.After, null);
    }

    private Task<T> Answer<T>(string call, Func<T> act)
    {
        Calls.Enqueue(call);
        try
        {
            return Task.FromResult(act());
        }
        finally
        {
            BeforeAnswer?.Invoke(call);
        }
    }

    private RequestCertificateResponse Request(RequestCertificateRequest request, PeerIdentity peer)
    {
        var number = request.MachineNumber.ToString();
        RefuseUnmanaged(number);
        var unit = this[number];
        if (unit.State is CertificateState.Written or CertificateState.Proved)
            throw new ProvisioningException(ErrorCode.AlreadyWritten, $"Already written: {number} (today 10:42, line {unit.Line}).");
        if (unit.Blocked)
            throw BlockedUnit(number, unit);
        unit.Line = peer.Name;
        if (number.StartsWith(BoardsMakeTheirKey, StringComparison.Ordinal))
            throw new ProvisioningException(ErrorCode.CertificateRequestRequired, $"Boards of this model make their own key ({number}).");
        return new RequestCertificateResponse(unit.Attempt, unit.Pack with { PrivateKey = (byte[])unit.Pack.PrivateKey!.Clone() });
    }

    private GetUnitResponse Describe(GetUnitRequest request)
    {
        var number = request.MachineNumber.ToString();
        RefuseUnmanaged(number);
        var unit = this[number];
        return unit.Blocked ? throw BlockedUnit(number, unit) : unit.Describe();
    }

    private static void RefuseUnmanaged(string number)
    {
        if (number.StartsWith("3013", StringComparison.Ordinal))
            throw new ProvisioningException(ErrorCode.NotManaged, "Units of model 3013 get no certificate.");
    }

    private static ProvisioningException BlockedUnit(string number, Unit unit) => new(ErrorCode.Blocked, $"{number} is blocked after {unit.Attempt} attempts.");

    private SubmitCertificateRequestResponse Submit(SubmitCertificateRequestRequest request)
    {
        var unit = this[request.MachineNumber.ToString()];
        if (unit.CertificateRequest?.AsSpan().SequenceEqual(request.CertificateRequest) != true)
            (unit.CertificateRequest, unit.Pack) = (request.CertificateRequest, _pki.BoardPack(request.MachineNumber, request.CertificateRequest));
        return new SubmitCertificateRequestResponse(unit.Attempt, unit.Pack);
    }

    private ReportWriteResultResponse Report(ReportWriteResultRequest request)
    {
        var unit = this[request.MachineNumber.ToString()];
        if (unit.IgnoresReports)
            return new ReportWriteResultResponse(NextStep.Finished); // and the test takes the answer's place
        if (request.Attempt != unit.Attempt)
            throw new ProvisioningException(ErrorCode.WrongAttempt, "Not the current attempt.");
        if (request.Succeeded)
        {
            unit.State = CertificateState.Written;
            unit.WrittenAt ??= DateTimeOffset.UtcNow;
            return new ReportWriteResultResponse(NextStep.Finished);
        }

        unit.State = CertificateState.Fetched;
        if (unit.Attempt == 3)
        {
            unit.Blocked = true;
            return new ReportWriteResultResponse(NextStep.Blocked);
        }

        unit.Attempt++;
        unit.Pack = _pki.DevicePack(request.MachineNumber.ToString());
        return new ReportWriteResultResponse(NextStep.Retry);
    }

    private ReportProofResponse Prove(ReportProofRequest request)
    {
        var unit = this[request.MachineNumber.ToString()];
        if (request.CertificateFingerprint != unit.Pack.Fingerprint)
            throw new ProvisioningException(ErrorCode.Conflict, "Another certificate.");
        unit.State = CertificateState.Proved;
        return new ReportProofResponse();
    }

    /// <summary>As the terminal: one printing for each request, and a second one only with a reason.</summary>
    private GetCheckSheetResponse Print(GetCheckSheetRequest request)
    {
        SheetRequests.Enqueue(request);
        var number = request.MachineNumber.ToString();
        if (_sheets.GetOrAdd(number, request.RequestId) != request.RequestId && request.ReprintReason is null)
            throw new ProvisioningException(ErrorCode.Conflict, $"{number} has a check sheet already.");
        return new GetCheckSheetResponse(SheetOf(number));
    }

    internal sealed class Unit(CertificatePack pack)
    {
        public CertificatePack Pack { get; set; } = pack;

        public CertificateState State { get; set; } = CertificateState.Fetched;

        public int Attempt { get; set; } = 1;

        public bool Blocked { get; set; }

        public string? Line { get; set; }

        /// <summary>Results change nothing.</summary>
        public bool IgnoresReports { get; set; }

        public byte[]? CertificateRequest { get; set; }

        public DateTimeOffset? WrittenAt { get; set; }

        public GetUnitResponse Describe() => new(State, Attempt, Pack.Fingerprint, Line, WrittenAt);
    }
}
