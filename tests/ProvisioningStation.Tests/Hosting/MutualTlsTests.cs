using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

/// <summary>A real server and real clients over loopback: who gets through, who does not, and what each is told.</summary>
public sealed class MutualTlsTests : IAsyncLifetime, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mutual-tls").FullName;
    private readonly TestPki _pki = new();
    private WebApplication _server = null!;
    private Uri _address = null!;

    public async Task InitializeAsync()
    {
        var builder = ProgramHost.CreateBuilder(["--data", _directory]);
        builder.ListenWithMutualTls(_pki.Part(Role.CommunicationTerminal, "F1"), new ListenOptions { Port = 0 });
        _server = builder.Build();
        _server.MapHealth();
        _server.MapSoap("CommunicationTerminal", soap => soap.Operation<GetUnitRequest, GetUnitResponse>(
            (request, peer, _) => Task.FromResult(new GetUnitResponse(CertificateState.Written, request.MachineNumber.Serial, peer.Fingerprint, peer.Name, null)),
            Role.LineStation));
        await _server.StartAsync();
        _address = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    [Fact]
    public async Task Station_IsAnsweredAndKnownByItsLine()
    {
        var answer = await CallAsync(_pki.Part(Role.LineStation, "1001"));
        Assert.Equal("1001", answer.Line);
        Assert.Equal(123456, answer.Attempt);
    }

    [Fact]
    public async Task OtherRole_GetsNotAuthorizedWithTheReason()
    {
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part(Role.Operator, "anna")));
        Assert.Equal(ErrorCode.NotAuthorized, error.Code);
        Assert.Contains("Operator anna may not call GetUnit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientOfAnotherRoot_IsRefusedInTheHandshake()
    {
        using var foreign = new TestPki();
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(foreign.Part(Role.LineStation, "1001", trusting: _pki)));
        Assert.Equal(ErrorCode.TerminalUnavailable, error.Code);
    }

    [Fact]
    public async Task ExpiredClient_IsRefusedInTheHandshake()
    {
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part(Role.LineStation, "1001", DateTimeOffset.UtcNow.AddHours(-1))));
        Assert.Equal(ErrorCode.TerminalUnavailable, error.Code);
    }

    [Fact]
    public async Task ClientWithoutCertificate_IsRefusedInTheHandshake()
    {
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = _address };
        var client = new SoapClient(http, ErrorCode.TerminalUnavailable);
        var error = await Assert.ThrowsAsync<ProvisioningException>(
            () => client.CallAsync<GetUnitRequest, GetUnitResponse>(new GetUnitRequest(MachineNumber.Parse("3012-123456")), default));
        Assert.Equal(ErrorCode.TerminalUnavailable, error.Code);
    }

    [Fact]
    public async Task ServerThatIsSomebodyElse_IsRefusedWithItsName()
    {
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part(Role.LineStation, "1001"), Role.CertificateAuthority));
        Assert.Equal(ErrorCode.NotAuthorized, error.Code);
        Assert.Contains("it is CommunicationTerminal F1", error.Message, StringComparison.Ordinal);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _pki.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<GetUnitResponse> CallAsync(TlsIdentity identity, Role wanted = Role.CommunicationTerminal)
    {
        using var http = new HttpClient(identity.CreateHandler(peer => peer.Role == wanted, "the terminal")) { BaseAddress = _address };
        return await new SoapClient(http, ErrorCode.TerminalUnavailable)
            .CallAsync<GetUnitRequest, GetUnitResponse>(new GetUnitRequest(MachineNumber.Parse("3012-123456")), default);
    }
}
