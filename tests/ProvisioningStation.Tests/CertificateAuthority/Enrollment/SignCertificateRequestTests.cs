using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Enrollment;

/// <summary><c>SignCertificateRequest</c> over real mutual TLS: a certificate for a key that the CA never sees.</summary>
public sealed class SignCertificateRequestTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = Numbers("3012", 1, 1)[0];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:MaxReissues=3");

    public async Task DisposeAsync()
    {
        _key.Dispose();
        await _ca.DisposeAsync();
    }

    [Fact]
    public async Task BoardMadeKey_IsCertifiedAndNoPrivateKeyIsAnywhere()
    {
        var pack = await SignAsync(RequestId.New(), Number, BoardMade.Request("CN=3012-000001", _key));
        Assert.Null(pack.PrivateKey);
        Assert.Equal(Number, pack.MachineNumber);
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        Assert.Equal(_key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("SERIALNUMBER=3012-000001, CN=3012-000001, OU=3012, O=Example Manufacturing", certificate.Subject);
        Assert.Equal(["Issued"], _ca.States(Number));
        Assert.Equal(0, Count("SELECT COUNT(wrapped_key) FROM certificate"));
        Assert.Equal(1, Count("SELECT amount FROM issuance_counter WHERE event = 'Signed' AND factory = 'F1' AND model = '3012'"));
    }

    [Fact]
    public async Task SameRequestAgain_GivesTheSameCertificateUntilAcknowledged()
    {
        var id = RequestId.New();
        var first = await SignAsync(id, Number, BoardMade.Request("CN=3012-000001", _key));
        await _ca.StartAgainAsync();
        var second = await SignAsync(id, Number, BoardMade.Request(string.Empty, _key)); // signed anew, but for the same key
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        await RefusedAsync(ErrorCode.RequestIdReused, id, Number, BoardMade.Request(string.Empty));
        await _ca.AcknowledgeAsync(id);
        await RefusedAsync(ErrorCode.AlreadyAcknowledged, id, Number, BoardMade.Request(string.Empty, _key));
        Assert.Equal(["Fetched"], _ca.States(Number));
    }

    [Fact]
    public async Task ReservedOnly_IsContinuedWithTheKeyOfTheRepeatedRequest()
    {
        var id = RequestId.New();
        var publicKey = _key.ExportSubjectPublicKeyInfo();
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare([Number], [publicKey], DateTimeOffset.UtcNow);
        var order = new IssuanceOrder(id, OrderKind.Sign, "F1", [Number]) { PublicKey = publicKey };
        await _ca.Services.GetRequiredService<IssuanceStore>().ReserveAsync(order, made, CancellationToken.None);
        await _ca.StartAgainAsync();
        var pack = await SignAsync(id, Number, BoardMade.Request(string.Empty, _key));
        Assert.Equal(made[0].ToBeSigned, SignedCertificate.ToBeSignedIn(pack.ClientCertificate).ToArray());
    }

    [Fact]
    public async Task NumberWithAValidCertificate_IsAlreadyIssuedUnlessThereIsAReason()
    {
        await _ca.IssueAsync(RequestId.New(), Number);
        await RefusedAsync(ErrorCode.AlreadyIssued, RequestId.New(), Number, BoardMade.Request(string.Empty, _key));
        var id = RequestId.New();
        var pack = await SignAsync(id, Number, BoardMade.Request(string.Empty, _key), "the board lost its flash");
        Assert.Equal(pack.Fingerprint, (await SignAsync(id, Number, BoardMade.Request(string.Empty, _key), "the board lost its flash")).Fingerprint);
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
        Assert.Equal(0, Count("SELECT COUNT(wrapped_key) FROM certificate"));
    }

    [Fact]
    public async Task ReasonWithoutAValidCertificate_IsNotFound() =>
        await RefusedAsync(ErrorCode.NotFound, RequestId.New(), Number, BoardMade.Request(string.Empty, _key), "nothing to replace");

    [Fact]
    public async Task KeyOfAnotherMachine_IsRefusedAndItsOwnMayBeUsedAgain()
    {
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty, _key));
        await RefusedAsync(ErrorCode.InvalidCertificateRequest, RequestId.New(), Numbers("3012", 2, 1)[0], BoardMade.Request(string.Empty, _key));
        Assert.Empty(_ca.States(Numbers("3012", 2, 1)[0]));
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty, _key), "same key again");
    }

    [Fact]
    public async Task KeyThatWasRevokedAsCompromised_IsNeverCertifiedAgain()
    {
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty, _key));
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty, _key), "same key again");
        using var revoked = await _ca.Http(_ca.Identity("administrator")).PostAsJsonAsync("api/revocations", new { machineNumber = Number.ToString(), reason = "keyCompromise" });
        revoked.EnsureSuccessStatusCode();
        var refused = await RefusedAsync(ErrorCode.InvalidCertificateRequest, RequestId.New(), Number, BoardMade.Request(string.Empty, _key));
        Assert.Contains("compromised", refused.Message, StringComparison.Ordinal);
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty)); // a new key is welcome
    }

    [Fact]
    public async Task KeyOfTheCommonCertificate_IsRefused()
    {
        var common = await _ca.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()));
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(common.CertificatePack.PrivateKey, out _);
        await RefusedAsync(ErrorCode.InvalidCertificateRequest, RequestId.New(), Number, BoardMade.Request(string.Empty, key));
    }

    [Fact]
    public async Task KeyThatTheProfileDoesNotWant_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await RefusedAsync(ErrorCode.InvalidCertificateRequest, RequestId.New(), Number, BoardMade.Request(string.Empty, key));
        await RefusedAsync(ErrorCode.UnknownModel, RequestId.New(), Numbers("3013", 1, 1)[0], BoardMade.Request(string.Empty, _key));
        await RefusedAsync(ErrorCode.InvalidCertificateRequest, RequestId.New(), Number, BoardMade.Request("CN=3012-000002", _key));
        Assert.Empty(_ca.States(Number));
    }

    [Fact]
    public async Task LineStation_IsNotAuthorized()
    {
        var request = new SignCertificateRequestRequest(RequestId.New(), Number, BoardMade.Request(string.Empty, _key));
        var refused = await Assert.ThrowsAsync<ProvisioningException>(
            () => _ca.Client("line-1001").CallAsync<SignCertificateRequestRequest, SignCertificateRequestResponse>(request, CancellationToken.None));
        Assert.Equal(ErrorCode.NotAuthorized, refused.Code);
    }

    [Fact]
    public async Task ReissuesWithoutEnd_AreBlockedUntilAPersonHasRevoked()
    {
        await _ca.IssueAsync(RequestId.New(), Number);
        for (var i = 0; i < 2; i++)
            await _ca.ReissueAsync(RequestId.New(), Number);
        await SignAsync(RequestId.New(), Number, BoardMade.Request(string.Empty, _key), "the third");
        var blocked = await RefusedAsync(ErrorCode.Blocked, RequestId.New(), Number, BoardMade.Request(string.Empty), "the fourth");
        Assert.Contains("MaxReissues", blocked.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.Blocked, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.ReissueAsync(RequestId.New(), Number))).Code);
        await ChangeAsync("UPDATE certificate SET state = 'Revoked' WHERE state = 'Issued'");
        await ChangeAsync("UPDATE issuance_request SET expired_at = received_at WHERE request_id = (SELECT request_id FROM certificate WHERE state = 'Revoked')"); // by the time limit: no person
        await _ca.IssueAsync(RequestId.New(), Number);
        Assert.Equal(ErrorCode.Blocked, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.ReissueAsync(RequestId.New(), Number))).Code);
        await ChangeAsync("UPDATE certificate SET state = 'Revoked' WHERE state = 'Issued'");
        await _ca.IssueAsync(RequestId.New(), Number);
        await _ca.ReissueAsync(RequestId.New(), Number);
        Assert.Equal(["Superseded", "Superseded", "Superseded", "Revoked", "Revoked", "Superseded", "Issued"], _ca.States(Number));
    }

    private async Task<CertificatePack> SignAsync(RequestId id, MachineNumber number, byte[] request, string? reason = null)
    {
        var answer = await _ca.CallAsync<SignCertificateRequestRequest, SignCertificateRequestResponse>(new SignCertificateRequestRequest(id, number, request, reason));
        Assert.Equal(id, answer.RequestId);
        return answer.CertificatePack;
    }

    private async Task<ProvisioningException> RefusedAsync(ErrorCode code, RequestId id, MachineNumber number, byte[] request, string? reason = null)
    {
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => SignAsync(id, number, request, reason));
        Assert.Equal(code, refused.Code);
        return refused;
    }

    private Task ChangeAsync(string sql) =>
        _ca.Services.GetRequiredService<Database>().WriteAsync((connection, transaction) => connection.Execute(sql, transaction: transaction), CancellationToken.None);

    private long Count(string sql) => _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>(sql));
}
