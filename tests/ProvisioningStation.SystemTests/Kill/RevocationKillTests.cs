using System.Net.Http.Json;
using Org.BouncyCastle.X509;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>Power cuts while a batch is revoked and while its CRL is made: after the restart the revocation is wholly there or not at all, can be repeated, and ends on the CRL.</summary>
public sealed class RevocationKillTests
{
    private const int Count = 50;

    private static readonly MachineNumber[] Numbers = [.. Enumerable.Range(1, Count).Select(serial => new MachineNumber(ModelCode.Parse("3012"), serial))];

    public static TheoryData<string> RevocationPoints => [.. CertificateAuthorityKillPoints.OnTheRevocation];

    public static TheoryData<string> ReturnPoints => [.. CertificateAuthorityKillPoints.OnTheReturn];

    public static TheoryData<string> CrlPoints => [.. CertificateAuthorityKillPoints.OnTheCrl];

    [Theory]
    [MemberData(nameof(RevocationPoints))]
    public async Task AuthorityThatDiesWhileItRevokes_HasRevokedAllOrNone(string point)
    {
        await using var factory = await PrepareAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var authority = floor.CertificateAuthority;
        var order = new KillOrder(factory.Directory, point);
        authority.Start(order.Environment);
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        await floor.ApproveQuotasAsync(factory.Layout, CancellationToken.None);
        var batch = await IssueAsync(factory, authority.Address);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => RevokeAsync(factory, authority.Address, batch));
        await order.AssertCarriedOutAsync(authority.Process!);

        var revoked = Query(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Revoked' AND revocation_reason = 'keyCompromise' AND wrapped_key IS NULL");
        var committed = point == CertificateAuthorityKillPoints.AfterRevoke;
        Assert.Equal(committed ? Count : 0, revoked);
        Assert.Equal(committed ? 1 : 0, Query(factory, "SELECT COUNT(*) FROM audit_event WHERE action = 'Revoked'"));
        Assert.Equal(committed ? Count : 0, Query(factory, "SELECT COALESCE(SUM(amount), 0) FROM issuance_counter WHERE event = 'Revoked'"));

        await authority.RestartAsync();
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        if (committed)
            await WaitForCrlAsync(factory); // although nobody asks again
        var again = await RevokeAsync(factory, authority.Address, batch);
        Assert.Equal((committed ? 0 : Count, committed ? Count : 0), (again.Revoked, again.AlreadyRevoked));
        Assert.Equal(Count, Query(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Revoked'"));
        Assert.Equal(Count, Query(factory, "SELECT SUM(amount) FROM issuance_counter WHERE event = 'Revoked'"));
        await WaitForCrlAsync(factory);
    }

    [Theory]
    [MemberData(nameof(ReturnPoints))]
    public async Task AuthorityThatDiesWhileCertificatesAreReturned_HasRevokedAllOrNone(string point)
    {
        await using var factory = await PrepareAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var authority = floor.CertificateAuthority;
        var order = new KillOrder(factory.Directory, point);
        authority.Start(order.Environment);
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        await floor.ApproveQuotasAsync(factory.Layout, CancellationToken.None);
        await IssueAsync(factory, authority.Address);
        var request = new ReturnCertificatesRequest(RequestId.New(), Numbers, "left over");
        Assert.Equal(ErrorCode.CaUnavailable, (await Assert.ThrowsAsync<ProvisioningException>(() => ReturnAsync(factory, authority.Address, request))).Code);
        await order.AssertCarriedOutAsync(authority.Process!);

        var committed = point == CertificateAuthorityKillPoints.AfterReturn;
        Assert.Equal(committed ? Count : 0, Query(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Revoked' AND revocation_reason = 'cessationOfOperation'"));
        Assert.Equal(committed ? 1 : 0, Query(factory, "SELECT COUNT(*) FROM certificate_return"));

        await authority.RestartAsync();
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        Assert.Equal(Count, (await ReturnAsync(factory, authority.Address, request)).Revoked);
        Assert.Equal(Count, Query(factory, "SELECT COUNT(*) FROM certificate WHERE state = 'Revoked'"));
        Assert.Equal(1, Query(factory, "SELECT COUNT(*) FROM audit_event WHERE action = 'Returned'"));
        Assert.Equal(Count, Query(factory, "SELECT SUM(amount) FROM issuance_counter WHERE event = 'Revoked'"));
        await WaitForCrlAsync(factory);
    }

    [Theory]
    [MemberData(nameof(CrlPoints))]
    public async Task AuthorityThatDiesWhileItMakesACrl_MakesItAfterTheRestart(string point)
    {
        await using var factory = await PrepareAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var authority = floor.CertificateAuthority;
        authority.Start();
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        await floor.ApproveQuotasAsync(factory.Layout, CancellationToken.None);
        await RevokeAsync(factory, authority.Address, await IssueAsync(factory, authority.Address));
        await WaitForCrlAsync(factory);
        var before = Query(factory, "SELECT MAX(number) FROM crl");

        var order = new KillOrder(factory.Directory, point);
        await authority.RestartAsync(order.Environment); // a start makes a CRL
        await order.AssertCarriedOutAsync(authority.Process!);
        Assert.Equal(before + (point == CertificateAuthorityKillPoints.AfterCrl ? 1 : 0), Query(factory, "SELECT MAX(number) FROM crl"));
        Assert.Equal(1, Query(factory, "SELECT COUNT(content) FROM crl"));

        await authority.RestartAsync();
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        await WaitForCrlAsync(factory);
        await Wait.UntilAsync("the next number", () => Task.FromResult(Query(factory, "SELECT MAX(number) FROM crl") > before));
        Assert.Equal(Query(factory, "SELECT MAX(number) FROM crl"), Query(factory, "SELECT COUNT(*) FROM crl")); // no number twice, none left out
    }

    private static async Task<TestFactory> PrepareAsync()
    {
        var factory = TestFactory.Prepare();
        await factory.SetUpAsync();
        return factory;
    }

    private static async Task<RequestId> IssueAsync(TestFactory factory, Uri authority)
    {
        await factory.ApproveQuotaAsync(authority, "3012");
        var id = RequestId.New();
        using var http = Client(factory.Layout.CommunicationTerminal, authority);
        var client = new SoapClient(http, ErrorCode.CaUnavailable);
        await client.CallAsync(
            new IssueCertificatesRequest(id, Numbers),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, static _ => { }),
            CancellationToken.None);
        return id;
    }

    private static async Task<RevocationAnswer> RevokeAsync(TestFactory factory, Uri authority, RequestId batch)
    {
        using var http = Client(factory.Layout.Root.Resolve("administrator"), authority);
        using var response = await http.PostAsJsonAsync("/api/revocations", new RevocationRequest { RequestId = batch.ToString(), Reason = "keyCompromise" }, JsonForm.Options);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<RevocationAnswer>(JsonForm.Options))!;
    }

    private static async Task<ReturnCertificatesResponse> ReturnAsync(TestFactory factory, Uri authority, ReturnCertificatesRequest request)
    {
        using var http = Client(factory.Layout.CommunicationTerminal, authority);
        return await new SoapClient(http, ErrorCode.CaUnavailable).CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(request, CancellationToken.None);
    }

    private static HttpClient Client(string part, Uri authority)
    {
        var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(part));
        return new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = authority };
    }

    /// <summary>The served CRL lists the whole batch.</summary>
    private static Task WaitForCrlAsync(TestFactory factory) => Wait.UntilAsync("the CRL", async () =>
    {
        using var http = new HttpClient();
        try
        {
            var crl = new X509CrlParser().ReadCrl(await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{factory.FirstPort - 1}/crl/devices-1.crl")));
            return crl.GetRevokedCertificates()?.Count == Count;
        }
        catch (HttpRequestException)
        {
            return false; // not up yet, or no CRL yet
        }
    });

    private static long Query(TestFactory factory, string sql) => SqliteFile.Query<long>(factory.Layout.CertificateAuthority, "certificate-authority.db", sql)[0];
}
