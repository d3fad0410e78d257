using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Asn1;
using ProvisioningStation.CertificateAuthority.Enrollment;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.Enrollment.EnrollingDevice;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Enrollment;

/// <summary>EST (RFC 7030) over real mutual TLS: a device renews its certificate, once for each key, however often the answer is lost.</summary>
public sealed class EstTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = Numbers("3012", 1, 1)[0];

    private readonly ECDsa _next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private RunningAuthority _ca = null!;
    private EnrollingDevice _device = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync("--Issuance:MaxReissues=3");
        _device = await IssueAsync(_ca, Number);
    }

    public async Task DisposeAsync()
    {
        _next.Dispose();
        await _ca.DisposeAsync();
    }

    [Theory]
    [InlineData("simplereenroll")]
    [InlineData("simpleenroll")]
    public async Task Device_GetsItsNextCertificateAndTheOldOneIsSuperseded(string operation)
    {
        using var response = await _device.RenewAsync(BoardMade.Request(_device.Subject, _next), operation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var certificate = X509CertificateLoader.LoadCertificate(await CertificateInAsync(response));
        Assert.Equal(_next.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(_device.Subject, certificate.Subject);
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
        Assert.Equal("Renew F1", Text("SELECT kind || ' ' || caller FROM issuance_request WHERE kind = 'Renew'"));
        Assert.Equal("Device 3012-000001", Text("SELECT actor FROM audit_event WHERE action = 'RenewReserved'"));
        Assert.Equal("1", Text("SELECT amount FROM issuance_counter WHERE event = 'Renewed'"));
    }

    [Fact]
    public async Task LostAnswer_IsGivenAgainToTheSupersededCertificate()
    {
        var first = await _device.RenewedAsync(BoardMade.Request(_device.Subject, _next));
        await _ca.StartAgainAsync();
        var again = _device.With(_device.Certificate, _device.Key);
        Assert.Equal(first, await again.RenewedAsync(BoardMade.Request(_device.Subject, _next)));
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task RenewalThatWasReservedOnly_IsFinishedForTheSupersededCertificate()
    {
        var request = BoardMade.Request(_device.Subject, _next);
        var reserving = _ca.Services.GetRequiredService<Database>();
        await reserving.WriteAsync(
            (connection, transaction) => connection.Execute(
                "CREATE TRIGGER no_signature BEFORE UPDATE OF signature ON certificate BEGIN SELECT RAISE(ABORT, 'cut here'); END",
                transaction: transaction),
            CancellationToken.None);
        using (var cut = await _device.RenewAsync(request))
            Assert.Equal(HttpStatusCode.InternalServerError, cut.StatusCode);
        Assert.Equal(["Superseded", "Reserved"], _ca.States(Number));
        await reserving.WriteAsync((connection, transaction) => connection.Execute("DROP TRIGGER no_signature", transaction: transaction), CancellationToken.None);
        await _device.RenewedAsync(request);
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task SupersededCertificate_IsGoodForNothingElse()
    {
        await _device.RenewedAsync(BoardMade.Request(_device.Subject, _next));
        await SaysAsync(HttpStatusCode.Forbidden, "Superseded", await _device.RenewAsync(BoardMade.Request(_device.Subject)));
        await SaysAsync(HttpStatusCode.Forbidden, "Superseded", await _device.Http.GetAsync(".well-known/est/csrattrs"));
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task RenewedDevice_RenewsAgainAndTheFirstAnswerIsNoLongerGiven()
    {
        var request = BoardMade.Request(_device.Subject, _next);
        var renewed = _device.With(await _device.RenewedAsync(request), _next);
        var later = await renewed.RenewedAsync(request); // the same key once more, but asked with the new certificate
        Assert.NotEqual(renewed.Certificate, later);
        Assert.Equal(["Superseded", "Superseded", "Issued"], _ca.States(Number));
        await SaysAsync(HttpStatusCode.Forbidden, "Superseded", await _device.RenewAsync(request));
    }

    [Fact]
    public async Task RevokedDevice_IsRefusedWithTheReason()
    {
        await RevokeAsync();
        await SaysAsync(HttpStatusCode.Forbidden, "keyCompromise", await _device.RenewAsync(BoardMade.Request(_device.Subject, _next)));
        await SaysAsync(HttpStatusCode.Forbidden, "Revoked", await _device.Http.GetAsync(".well-known/est/csrattrs"));
        Assert.Equal(["Revoked"], _ca.States(Number));
    }

    [Fact]
    public async Task RenewalThatWasRevokedItself_IsNotGivenAgain()
    {
        var request = BoardMade.Request(_device.Subject, _next);
        await _device.RenewedAsync(request);
        await RevokeAsync();
        await SaysAsync(HttpStatusCode.Forbidden, "Superseded", await _device.RenewAsync(request));
    }

    [Fact]
    public async Task CertificateThatTheDatabaseDoesNotKnow_IsRefused()
    {
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(Numbers("3012", 9, 1), DateTimeOffset.UtcNow);
        _ca.Services.GetRequiredService<PackMaker>().Sign(made);
        var unknown = Of(_ca, _ca.Services.GetRequiredService<PackMaker>().ToPacks(made).Single());
        await SaysAsync(HttpStatusCode.Forbidden, "on record", await unknown.RenewAsync(BoardMade.Request(unknown.Subject, _next)));
    }

    [Fact]
    public async Task SerialNumberOfAnotherCertificate_DoesNotHelp()
    {
        var other = await IssueAsync(_ca, Numbers("3012", 2, 1)[0]);
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "UPDATE certificate SET to_be_signed = (SELECT other.to_be_signed FROM certificate AS other WHERE other.machine_number = '3012-000001') WHERE machine_number = '3012-000002'",
                transaction: transaction),
            CancellationToken.None);
        await SaysAsync(HttpStatusCode.Forbidden, "on record", await other.RenewAsync(BoardMade.Request(other.Subject, _next)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("CN=3012-000001")]
    [InlineData("SERIALNUMBER=3012-000002, CN=3012-000002, OU=3012, O=Example Manufacturing")]
    public async Task RenewalForAnotherSubject_IsRefused(string subject)
    {
        await SaysAsync(HttpStatusCode.BadRequest, "must keep the certificate's subject", await _device.RenewAsync(BoardMade.Request(subject, _next)));
        Assert.Equal(["Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task BoardWithTheCommonCertificate_ProvesNothing()
    {
        var common = await _ca.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()));
        var board = Of(_ca, common.CertificatePack);
        await SaysAsync(HttpStatusCode.Forbidden, "proves no machine number", await board.RenewAsync(BoardMade.Request("CN=3012-000001", _next), "simpleenroll"));
        await SaysAsync(HttpStatusCode.Forbidden, "proves no machine number", await board.RenewAsync(BoardMade.Request("CN=3012-000001", _next)));
    }

    [Fact]
    public async Task Terminal_GetsFirstCertificatesForBoards()
    {
        var terminal = _ca.Http(_ca.Identity("communication-terminal"));
        var request = BoardMade.Request("CN=3012-000007", _next);
        using var first = await PostAsync(terminal, request, "simpleenroll");
        using var again = await PostAsync(terminal, request, "simpleenroll");
        Assert.Equal(await CertificateInAsync(first), await CertificateInAsync(again));
        Assert.Equal("Sign F1", Text("SELECT kind || ' ' || caller FROM issuance_request WHERE kind = 'Sign'"));
        await SaysAsync(HttpStatusCode.Conflict, "AlreadyIssued", await PostAsync(terminal, BoardMade.Request("CN=3012-000007"), "simpleenroll"));
        await SaysAsync(HttpStatusCode.Forbidden, "NotAuthorized", await PostAsync(terminal, request, "simplereenroll"));
        await SaysAsync(HttpStatusCode.BadRequest, "does not name one machine number", await PostAsync(terminal, BoardMade.Request(string.Empty), "simpleenroll"));
    }

    [Theory]
    [InlineData("line-1001")]
    [InlineData("administrator")]
    public async Task PartOfAnotherRole_MayNotEnroll(string part) =>
        await SaysAsync(HttpStatusCode.Forbidden, "may not enroll", await PostAsync(_ca.Http(_ca.Identity(part)), BoardMade.Request("CN=3012-000007"), "simpleenroll"));

    [Fact]
    public async Task CaCertificates_AreTheRootAndTheIssuingCas()
    {
        using var response = await _device.Http.GetAsync(".well-known/est/cacerts");
        Assert.Equal("application/pkcs7-mime", response.Content.Headers.ContentType?.ToString());
        var certificates = await CertificatesInAsync(response);
        Assert.Contains(certificates, certificate => certificate.Subject == certificate.Issuer);
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(certificates.Single(certificate => certificate.Subject == certificate.Issuer));
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        using var leaf = X509CertificateLoader.LoadCertificate(_device.Certificate);
        Assert.True(chain.Build(leaf));
    }

    [Fact]
    public async Task RequestAttributes_NameTheKeyOfTheModel()
    {
        using var response = await _device.Http.GetAsync(".well-known/est/csrattrs");
        Assert.Equal("application/csrattrs", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(("1.2.840.10045.2.1", "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2"), Attributes(Convert.FromBase64String(await response.Content.ReadAsStringAsync())));
        await SaysAsync(HttpStatusCode.NotFound, "depends on the model", await _ca.Http(_ca.Identity("communication-terminal")).GetAsync(".well-known/est/csrattrs"));
    }

    [Fact]
    public async Task ModelsWithOtherKeys_GetThem()
    {
        await using var ca = await StartAsync("--Issuance:Models:0:Key=EcP384", "--Issuance:Models:1:Key=Rsa2048");
        var documents = ca.Services.GetRequiredService<EstDocuments>();
        Assert.Equal(("1.2.840.10045.2.1", "1.3.132.0.34", "1.2.840.10045.4.3.3"), Attributes(documents.RequestAttributes(ModelCode.Parse("3012"))));
        Assert.Equal(("1.2.840.113549.1.1.1", "2048", "1.2.840.113549.1.1.11"), Attributes(documents.RequestAttributes(ModelCode.Parse("A123"))));

        var device = await IssueAsync(ca, Number);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var renewed = X509CertificateLoader.LoadCertificate(await device.RenewedAsync(BoardMade.Request(device.Subject, ec, HashAlgorithmName.SHA384)));
        Assert.Equal(ec.ExportSubjectPublicKeyInfo(), renewed.PublicKey.ExportSubjectPublicKeyInfo());
        await SaysAsync(HttpStatusCode.BadRequest, "wants EC P-384", await device.With(renewed.RawData, ec).RenewAsync(BoardMade.Request(device.Subject)));

        using var rsa = RSA.Create(2048);
        using var first = await PostAsync(ca.Http(ca.Identity("communication-terminal")), BoardMade.Request("CN=A123-000001", rsa), "simpleenroll");
        using var signed = X509CertificateLoader.LoadCertificate(await CertificateInAsync(first));
        Assert.Equal(rsa.ExportSubjectPublicKeyInfo(), signed.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task BodiesThatAreNoRequest_AreSaid()
    {
        await SaysAsync(HttpStatusCode.BadRequest, "not base64", await SendAsync("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"));
        await SaysAsync(HttpStatusCode.BadRequest, "not PKCS#10", await SendAsync("AAAA"));
        await SaysAsync(HttpStatusCode.BadRequest, "not PKCS#10", await SendAsync(string.Empty));
        await SaysAsync(HttpStatusCode.BadRequest, "application/pkcs10", await SendAsync("AAAA", "text/plain"));
        await SaysAsync(HttpStatusCode.RequestEntityTooLarge, "larger than", await SendAsync(new string('A', 20_000)));
        await SaysAsync(HttpStatusCode.NotImplemented, "serverkeygen", await _device.RenewAsync(BoardMade.Request(_device.Subject, _next), "serverkeygen"));
        await SaysAsync(HttpStatusCode.NotImplemented, "fullcmc", await _device.RenewAsync(BoardMade.Request(_device.Subject, _next), "fullcmc"));
        using var get = await _device.Http.GetAsync(".well-known/est/simplereenroll");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task RenewalsWithoutEnd_AreBlocked()
    {
        var device = _device;
        for (var i = 0; i < 3; i++)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            device = device.With(await device.RenewedAsync(BoardMade.Request(device.Subject, key)), key);
        }

        await SaysAsync(HttpStatusCode.BadRequest, "Blocked", await device.RenewAsync(BoardMade.Request(device.Subject, _next)));
    }

    [Fact]
    public async Task RenewedCertificate_CanStillBeReissuedByItsTerminal()
    {
        await _device.RenewedAsync(BoardMade.Request(_device.Subject, _next));
        await _ca.ReissueAsync(RequestId.New(), Number);
        Assert.Equal(["Superseded", "Superseded", "Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task TwentyRenewalsAtOnce_LeaveOneValidCertificate()
    {
        var requests = Enumerable.Range(0, 20).Select(_ => BoardMade.Request(_device.Subject)).ToList();
        var answers = await Task.WhenAll(requests.Select(request => _device.RenewAsync(request)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.OK), answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.Equal(["Superseded", "Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task InClear_ThereIsNoEst()
    {
        using var http = new HttpClient { BaseAddress = _ca.PublicAddress };
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(".well-known/est/cacerts")).StatusCode);
    }

    /// <summary>Key, its parameter, and signature, as BouncyCastle reads them.</summary>
    private static (string Key, string Parameter, string Signature) Attributes(byte[] encoded)
    {
        var attributes = Asn1Sequence.GetInstance(encoded);
        var key = Org.BouncyCastle.Asn1.Cms.Attribute.GetInstance(attributes[0]);
        return (key.AttrType.Id, key.AttrValues[0].ToString()!, attributes[1].ToString()!);
    }

    private static async Task SaysAsync(HttpStatusCode status, string said, HttpResponseMessage response)
    {
        using (response)
        {
            var sentence = await response.Content.ReadAsStringAsync();
            Assert.Equal((status, "text/plain; charset=utf-8"), (response.StatusCode, response.Content.Headers.ContentType?.ToString()));
            Assert.Contains(said, sentence, StringComparison.Ordinal);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string body, string type = "application/pkcs10")
    {
        using var content = new StringContent(body, Encoding.ASCII);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await _device.Http.PostAsync(".well-known/est/simplereenroll", content);
    }

    private Task RevokeAsync() => _ca.Services.GetRequiredService<Database>().WriteAsync(
        (connection, transaction) => connection.Execute(
            "UPDATE certificate SET state = 'Revoked', revoked_at = '2026-01-01T00:00:00.000Z', revocation_reason = 'keyCompromise' WHERE state = 'Issued'",
            transaction: transaction),
        CancellationToken.None);

    private string Text(string sql) => _ca.Services.GetRequiredService<Database>().Read(connection => connection.QuerySingle<string>(sql));
}
