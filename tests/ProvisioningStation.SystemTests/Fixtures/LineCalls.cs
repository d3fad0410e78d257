using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>A line's station without a board: it says to the terminal what the test wants it to have seen.</summary>
public sealed class LineCalls : IDisposable
{
    private readonly TlsIdentity _identity;
    private readonly HttpClient _http;
    private readonly SoapClient _soap;

    public LineCalls(TestFactory factory, string line)
    {
        _identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Line(line)));
        _http = new HttpClient(_identity.CreateHandler(peer => peer.Role == Role.CommunicationTerminal, "the terminal")) { BaseAddress = factory.Floor.Terminal.Address };
        _soap = new SoapClient(_http, ErrorCode.TerminalUnavailable);
    }

    public Task<RequestCertificateResponse> RequestAsync(MachineNumber number) =>
        _soap.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(new RequestCertificateRequest(number), CancellationToken.None);

    public async Task<NextStep> ReportAsync(MachineNumber number, int attempt, bool succeeded, string detail) =>
        (await _soap.CallAsync<ReportWriteResultRequest, ReportWriteResultResponse>(new ReportWriteResultRequest(number, attempt, succeeded, detail, null, "1.0.0"), CancellationToken.None)).Next;

    public Task ProveAsync(MachineNumber number, int attempt) => _soap.CallAsync<ReportProofRequest, ReportProofResponse>(new ReportProofRequest(number, attempt, null), CancellationToken.None);

    public void Dispose()
    {
        _http.Dispose();
        _identity.Dispose();
    }
}
