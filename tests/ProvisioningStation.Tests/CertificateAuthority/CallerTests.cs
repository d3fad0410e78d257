using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.Soap;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Who may call the CA, and what it makes of messages that are not what they should be.</summary>
public sealed class CallerTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Theory]
    [InlineData("line-1001")]
    [InlineData("operator")]
    [InlineData("production-management")]
    [InlineData("certificate-authority")]
    public async Task PartOfAnotherRole_IsNotAuthorized(string part)
    {
        var client = _ca.Client(part);
        foreach (var call in new Func<Task>[]
        {
            () => client.CallAsync<IssueCertificatesRequest, IssueCertificatesResponse>(new IssueCertificatesRequest(RequestId.New(), Numbers("3012", 1, 1)), default),
            () => client.CallAsync<ReissueCertificateRequest, ReissueCertificateResponse>(new ReissueCertificateRequest(RequestId.New(), Numbers("3012", 1, 1)[0], "x"), default),
            () => client.CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(RequestId.New()), default),
            () => client.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(new ReturnCertificatesRequest(RequestId.New(), Numbers("3012", 1, 1)), default),
            () => client.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()), default),
        })
        {
            Assert.Equal(ErrorCode.NotAuthorized, (await Assert.ThrowsAsync<ProvisioningException>(call)).Code);
        }
    }

    [Fact]
    public async Task Device_IsNotAuthorizedThoughOurOwnCertificate()
    {
        var pack = (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 7, 1))).Single();
        Assert.Equal(ErrorCode.NotAuthorized, (await CallAsync(Identity(pack))).Code);
    }

    [Fact]
    public async Task CommonCertificate_IsABoardsAndNotAuthorized()
    {
        var answer = await _ca.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()));
        Assert.Null(answer.CertificatePack.MachineNumber);
        var error = await CallAsync(Identity(answer.CertificatePack));
        Assert.Equal(ErrorCode.NotAuthorized, error.Code);
        Assert.Contains("Board", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedCall_IsOnRecord()
    {
        await Assert.ThrowsAsync<ProvisioningException>(() => _ca.Client("line-1001").CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()), default));
        await Assert.ThrowsAsync<ProvisioningException>(() => _ca.ReissueAsync(RequestId.New(), Numbers("3012", 1, 1)[0]));
        using var enrolled = await _ca.Http(_ca.Identity("operator")).PostAsync(".well-known/est/simpleenroll", new ByteArrayContent([]));
        Assert.Equal(
            [("LineStation 1001", "POST /soap", "NotAuthorized"), ("CommunicationTerminal F1", "POST /soap", "NotFound"), ("Operator operator", "POST /.well-known/est/simpleenroll", "MalformedRequest")],
            _ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<(string, string, string)>("SELECT actor, subject, outcome FROM audit_event WHERE outcome <> 'Done' ORDER BY sequence").ToList()));
    }

    [Fact]
    public async Task RequestOfAnotherTerminal_IsNotHandedOut()
    {
        var (id, numbers) = (RequestId.New(), Numbers("3012", 1, 2));
        await _ca.IssueAsync(id, numbers);
        var other = new SoapClient(_ca.Http(Minted("F2", TimeSpan.FromDays(1))), ErrorCode.CaUnavailable);
        foreach (var call in new Func<Task>[]
        {
            () => other.CallAsync<IssueCertificatesRequest, IssueCertificatesResponse>(new IssueCertificatesRequest(id, numbers), default),
            () => other.CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(id), default),
            () => other.CallAsync<ReissueCertificateRequest, ReissueCertificateResponse>(new ReissueCertificateRequest(RequestId.New(), numbers[0], "another factory's"), default),
            () => other.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(new ReturnCertificatesRequest(RequestId.New(), numbers), default),
        })
        {
            Assert.Equal(ErrorCode.NotAuthorized, (await Assert.ThrowsAsync<ProvisioningException>(call)).Code);
        }
    }

    [Fact]
    public async Task ClientWithoutCertificate_IsRefusedInTheHandshake()
    {
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = _ca.Address };
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("health"));
    }

    [Fact]
    public async Task ExpiredTerminal_IsRefusedInTheHandshake() =>
        Assert.Equal(ErrorCode.CaUnavailable, (await CallAsync(Minted("F1", TimeSpan.FromMinutes(-10)))).Code);

    [Fact]
    public async Task TerminalOfAnotherRoot_IsRefusedInTheHandshake()
    {
        await using var foreign = await StartAsync();
        using var theirs = foreign.Identity("communication-terminal");
        using var ours = _ca.Identity("communication-terminal");
        var identity = new TlsIdentity(theirs.Context.TargetCertificate, [.. theirs.Context.IntermediateCertificates], X509CertificateLoader.LoadCertificate(ours.Root.RawData));
        Assert.Equal(ErrorCode.CaUnavailable, (await CallAsync(identity)).Code);
    }

    [Theory]
    [InlineData("<!DOCTYPE x [<!ENTITY e \"boom\">]>", "urn:provisioning-station:v1", "3012-000001", ErrorCode.MalformedRequest)]
    [InlineData("", "urn:provisioning-station:v2", "3012-000001", ErrorCode.MalformedRequest)]
    [InlineData("", "urn:provisioning-station:v1", "3012-00001", ErrorCode.InvalidMachineNumber)]
    [InlineData("", "urn:provisioning-station:v1", "3012-000001</MachineNumber><Extra>1</Extra><MachineNumber>", ErrorCode.MalformedRequest)]
    [InlineData("", "urn:provisioning-station:v1", "3013-000001", ErrorCode.UnknownModel)]
    public async Task MessageThatIsNotRight_IsAFaultWithACode(string prologue, string messageNamespace, string number, ErrorCode code) =>
        await FaultAsync(code, Encoding.UTF8.GetBytes(Envelope(prologue, messageNamespace, number)));

    [Fact]
    public async Task TruncatedMessage_IsAFault()
    {
        var whole = Encoding.UTF8.GetBytes(Envelope(string.Empty, SoapEnvelope.Namespace, "3012-000001"));
        foreach (var length in new[] { 0, 1, whole.Length / 2, whole.Length - 1 })
            await FaultAsync(ErrorCode.MalformedRequest, whole[..length]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HundredMegabytes_AreRefusedWithoutBeingKept(bool announced)
    {
        using var content = new StreamContent(new Zeros(100 * 1024 * 1024));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(SoapEnvelope.ContentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, "soap") { Content = content };
        request.Headers.ExpectContinue = announced;
        content.Headers.ContentLength = announced ? 100 * 1024 * 1024 : null;
        var before = GC.GetTotalAllocatedBytes();
        try
        {
            using var response = await _ca.Http(_ca.Identity("communication-terminal")).SendAsync(request);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
            Assert.Contains(nameof(ErrorCode.RequestTooLarge), await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        catch (HttpRequestException) when (!announced)
        {
            // The CA answered and hung up while this end was still sending.
        }

        Assert.True(GC.GetTotalAllocatedBytes() - before < 50 * 1024 * 1024);
        Assert.Single(await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1)));
    }

    [Fact]
    public async Task TenThousandAndOneNumbers_AreTooMany() => Assert.Equal(
        ErrorCode.RequestTooLarge,
        (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 10_001)))).Code);

    [Fact]
    public async Task Wsdl_NamesTheOperations()
    {
        var wsdl = await _ca.Http(_ca.Identity("communication-terminal")).GetStringAsync("soap?wsdl");
        foreach (var operation in new[] { "IssueCertificates", "AcknowledgeCertificates", "ReissueCertificate", "SignCertificateRequest", "ReturnCertificates", "GetCommonCertificate" })
            Assert.Contains($"operation name=\"{operation}\"", wsdl, StringComparison.Ordinal);
        Assert.Contains("\"ok\"", await _ca.Http(_ca.Identity("operator")).GetStringAsync("health"), StringComparison.Ordinal);
    }

    private async Task<ProvisioningException> CallAsync(TlsIdentity identity)
    {
        var client = new SoapClient(_ca.Http(identity), ErrorCode.CaUnavailable);
        return await Assert.ThrowsAsync<ProvisioningException>(
            () => client.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()), default));
    }

    private async Task FaultAsync(ErrorCode code, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(SoapEnvelope.ContentType);
        using var response = await _ca.Http(_ca.Identity("communication-terminal")).PostAsync("soap", content);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var fault = await response.Content.ReadAsStringAsync();
        Assert.Contains($"<Code xmlns=\"{SoapEnvelope.Namespace}\">{code}</Code>", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", fault, StringComparison.Ordinal);
    }

    private static string Envelope(string prologue, string messageNamespace, string number) =>
        $"""
        {prologue}<s:Envelope xmlns:s="{SoapEnvelope.EnvelopeNamespace}"><s:Body><IssueCertificates xmlns="{messageNamespace}"><RequestId>{RequestId.New()}</RequestId><MachineNumber>{number}</MachineNumber></IssueCertificates></s:Body></s:Envelope>
        """;

    private TlsIdentity Identity(CertificatePack pack)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        return new TlsIdentity(certificate.CopyWithPrivateKey(key), [.. pack.IssuingCertificates.Select(issuing => X509CertificateLoader.LoadCertificate(issuing))], X509CertificateLoader.LoadCertificate(pack.RootCertificate));
    }

    /// <summary>A terminal's certificate from the real issuing CA for parts, made by hand.</summary>
    private TlsIdentity Minted(string name, TimeSpan validFor)
    {
        using var protection = KeyProtection.Load(Path.Combine(_ca.Data, "wrap.key"));
        using var issuerKey = ECDsa.Create();
        issuerKey.ImportFromEncryptedPem(File.ReadAllText(Path.Combine(_ca.Data, "signing-keys", "parts.key")), protection.Passphrase);
        var issuer = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_ca.Data, "signing-keys", "parts.pem"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}, OU=CommunicationTerminal", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), now.AddMinutes(-30), now + validFor, RandomNumberGenerator.GetBytes(8));
        return new TlsIdentity(certificate.CopyWithPrivateKey(key), [issuer], X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_ca.Data, "root.pem")));
    }

    /// <summary>That many octets, none of them kept.</summary>
    private sealed class Zeros(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            Array.Clear(buffer, offset, read);
            Position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
