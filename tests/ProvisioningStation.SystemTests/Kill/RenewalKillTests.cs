using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>
/// Power cuts at the CA while a device renews its certificate, and while keys that nobody took are ended: the device that asks again with the same key and its old certificate gets the one
/// new certificate; what ends has ended wholly or not at all, and ends at the next start.
/// </summary>
public sealed class RenewalKillTests : IAsyncLifetime
{
    private const string DatabaseFile = "certificate-authority.db";

    private static readonly MachineNumber Number = MachineNumber.Parse("3012-000001");

    private readonly RequestId _id = RequestId.New();
    private TestFactory _factory = null!;
    private FactoryFloor _floor = null!;

    public static TheoryData<string> RenewalPoints => [.. CertificateAuthorityKillPoints.OnTheRenewal];

    public static TheoryData<string> KeyExpiryPoints => [.. CertificateAuthorityKillPoints.OnTheKeyExpiry];

    public async Task InitializeAsync()
    {
        _factory = TestFactory.Prepare();
        await _factory.SetUpAsync();
        _floor = FactoryFloor.Open(_factory.Layout);
        _floor.CertificateAuthority.Start();
        await _floor.CertificateAuthority.WaitUntilHealthyAsync(CancellationToken.None);
        await _factory.ApproveQuotaAsync(_floor.CertificateAuthority.Address, "3012");
    }

    public async Task DisposeAsync()
    {
        await _floor.DisposeAsync();
        await _factory.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(RenewalPoints))]
    public async Task AuthorityThatDiesWhileADeviceRenews_GivesItOneCertificate(string point)
    {
        var pack = await SignAsync();
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
        using var loaded = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(loaded.SubjectName, next, HashAlgorithmName.SHA256).CreateSigningRequest();

        var order = new KillOrder(_factory.Directory, point);
        await _floor.CertificateAuthority.RestartAsync(order.Environment);
        await _floor.CertificateAuthority.WaitUntilHealthyAsync(CancellationToken.None);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => RenewAsync(pack, key, request));
        await order.AssertCarriedOutAsync(_floor.CertificateAuthority.Process!);

        await _floor.CertificateAuthority.RestartAsync();
        await _floor.CertificateAuthority.WaitUntilHealthyAsync(CancellationToken.None);
        var renewed = await RenewAsync(pack, key, request);
        Assert.Equal(renewed.RawData, (await RenewAsync(pack, key, request)).RawData);
        Assert.Equal(next.ExportSubjectPublicKeyInfo(), renewed.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(["Superseded", "Issued"], States());
        var onRecord = File.ReadLines(Path.Combine(_factory.Layout.CertificateAuthority, "issued.ledger")).Count(line => line.Contains("\"Reserved\"", StringComparison.Ordinal));
        Assert.Equal(2, onRecord);
    }

    [Theory]
    [MemberData(nameof(KeyExpiryPoints))]
    public async Task AuthorityThatDiesWhileKeysEnd_EndsThemAtTheNextStart(string point)
    {
        await SignAsync();
        await _floor.CertificateAuthority.Process!.StopAsync();
        Query<long>("UPDATE issuance_request SET received_at = '2020-01-01T00:00:00.000Z' RETURNING 1");
        var order = new KillOrder(_factory.Directory, point);
        await _floor.CertificateAuthority.RestartAsync(order.Environment);
        await order.AssertCarriedOutAsync(_floor.CertificateAuthority.Process!);
        var committed = point == CertificateAuthorityKillPoints.AfterKeyExpiry;
        Assert.Equal([committed ? "Revoked" : "Issued"], States());

        await _floor.CertificateAuthority.RestartAsync();
        await _floor.CertificateAuthority.WaitUntilHealthyAsync(CancellationToken.None);
        await Wait.UntilAsync("the end of the keys", () => Task.FromResult(States() is ["Revoked"]));
        Assert.Equal([0L], Query<long>("SELECT COUNT(wrapped_key) FROM certificate"));
        Assert.Equal([1L], Query<long>("SELECT amount FROM issuance_counter WHERE event = 'Expired'"));
        Assert.Equal([1L], Query<long>("SELECT COUNT(*) FROM audit_event WHERE action = 'KeysExpired'"));
    }

    private async Task<CertificatePack> SignAsync()
    {
        using var http = Client(TlsIdentity.Load(new TlsOptions(), new DataDirectory(_factory.Layout.CommunicationTerminal)));
        CertificatePack? issued = null;
        await new SoapClient(http, ErrorCode.CaUnavailable).CallAsync(
            new IssueCertificatesRequest(_id, [Number]),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, pack => issued = pack),
            CancellationToken.None);
        return issued!;
    }

    private async Task<X509Certificate2> RenewAsync(CertificatePack pack, ECDsa key, byte[] request)
    {
        using var loaded = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        using var http = Client(new TlsIdentity(
            loaded.CopyWithPrivateKey(key),
            [.. pack.IssuingCertificates.Select(one => X509CertificateLoader.LoadCertificate(one))],
            X509CertificateLoader.LoadCertificate(pack.RootCertificate)));
        using var content = new StringContent(Convert.ToBase64String(request), Encoding.ASCII);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        using var response = await http.PostAsync(".well-known/est/simplereenroll", content);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        var cms = new SignedCms();
        cms.Decode(Convert.FromBase64String(answer));
        return Assert.Single(cms.Certificates);
    }

    private HttpClient Client(TlsIdentity identity) =>
        new(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = _floor.CertificateAuthority.Address };

    private List<string> States() => Query<string>("SELECT state FROM certificate ORDER BY id");

    private List<T> Query<T>(string sql) => SqliteFile.Query<T>(_factory.Layout.CertificateAuthority, DatabaseFile, sql);
}
