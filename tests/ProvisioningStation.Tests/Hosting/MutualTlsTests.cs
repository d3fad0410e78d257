using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

/// <summary>A real server and real clients over loopback: who gets through, who does not, and what each is told.</summary>
public sealed class MutualTlsTests : IAsyncLifetime, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mutual-tls").FullName;
    private readonly Pki _pki = new();
    private WebApplication _server = null!;
    private Uri _address = null!;

    public async Task InitializeAsync()
    {
        var builder = ProgramHost.CreateBuilder(["--data", _directory]);
        builder.ListenWithMutualTls(_pki.Part("CommunicationTerminal", "F1"), new ListenOptions { Port = 0 });
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
        var answer = await CallAsync(_pki.Part("LineStation", "1001"));
        Assert.Equal("1001", answer.Line);
        Assert.Equal(123456, answer.Attempt);
    }

    [Fact]
    public async Task OtherRole_GetsNotAuthorizedWithTheReason()
    {
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part("Operator", "anna")));
        Assert.Equal(ErrorCode.NotAuthorized, error.Code);
        Assert.Contains("Operator anna may not call GetUnit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientOfAnotherRoot_IsRefusedInTheHandshake()
    {
        using var foreign = new Pki();
        var identity = foreign.Part("LineStation", "1001");
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(new TlsIdentity(identity.Leaf, identity.Issuing, _pki.Root)));
        Assert.Equal(ErrorCode.TerminalUnavailable, error.Code);
    }

    [Fact]
    public async Task ExpiredClient_IsRefusedInTheHandshake()
    {
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part("LineStation", "1001", expired: true)));
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
        var error = await Assert.ThrowsAsync<ProvisioningException>(() => CallAsync(_pki.Part("LineStation", "1001"), Role.CertificateAuthority));
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

    private sealed class Pki : IDisposable
    {
        private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly ECDsa _partsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 _parts;

        public Pki()
        {
            var now = DateTimeOffset.UtcNow;
            Root = Ca("CN=Root", _rootKey).CreateSelfSigned(now.AddDays(-2), now.AddDays(10));
            using var issued = Ca("CN=Parts CA, OU=Parts", _partsKey).Create(Root, now.AddDays(-2), now.AddDays(9), [1]);
            _parts = issued.CopyWithPrivateKey(_partsKey);
        }

        public X509Certificate2 Root { get; }

        public (X509Certificate2 Leaf, X509Certificate2Collection Issuing) Files(string role, string name, bool expired)
        {
            var now = DateTimeOffset.UtcNow;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}, OU={role}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
            using var issued = request.Create(_parts, now.AddDays(-1), expired ? now.AddHours(-1) : now.AddDays(1), RandomNumberGenerator.GetBytes(8));
            return (issued.CopyWithPrivateKey(key), [X509CertificateLoader.LoadCertificate(_parts.RawData)]);
        }

        public TestIdentity Part(string role, string name, bool expired = false)
        {
            var (leaf, issuing) = Files(role, name, expired);
            return new TestIdentity(leaf, issuing, Root);
        }

        public void Dispose()
        {
            _rootKey.Dispose();
            _partsKey.Dispose();
        }

        private static CertificateRequest Ca(string subject, ECDsa key)
        {
            var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request;
        }
    }

    private sealed record TestIdentity(X509Certificate2 Leaf, X509Certificate2Collection Issuing, X509Certificate2 Root)
    {
        public static implicit operator TlsIdentity(TestIdentity identity) => new(identity.Leaf, identity.Issuing, identity.Root);
    }
}
