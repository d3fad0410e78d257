using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Pkcs;
using ProvisioningStation.CertificateAuthority.Enrollment;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.Soap;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using ProvisioningStation.Tests.CertificateAuthority.Revocation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Hostile;

/// <summary>
/// Valid inputs, changed at random: what comes back is always an answer or a refusal in the protocol's own words, never an internal error, and a certificate only for what a parser
/// that we did not write finds proved.
/// </summary>
public sealed class ChangedInputTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = Numbers("3012", 1, 1)[0];

    private RunningAuthority _ca = null!;
    private HttpClient _terminal = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync("--Log:Level=Error", "--Issuance:MaxReissues=100000");
        _terminal = _ca.Http(_ca.Identity("communication-terminal"));
    }

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task CertificateRequest_IsReadOnlyWhereItIsProved()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        byte[][] valid = [BoardMade.Request("CN=3012-000001, SERIALNUMBER=3012-000001"), BoardMade.Request(string.Empty, ec, HashAlgorithmName.SHA384), BoardMade.Request("CN=3012-000001, O=x", rsa)];
        Assert.All(valid, request => CertificationRequest.Read(request));
        await FuzzRun.Over(valid, changed =>
        {
            try
            {
                var read = CertificationRequest.Read(changed);
                var theirs = new Pkcs10CertificationRequest(changed);
                Assert.True(theirs.Verify());
                Assert.Equal(theirs.GetCertificationRequestInfo().SubjectPublicKeyInfo.GetDerEncoded(), read.PublicKey.SubjectPublicKeyInfo);
            }
            catch (ProvisioningException refused)
            {
                Assert.Equal(ErrorCode.InvalidCertificateRequest, refused.Code);
            }
        });
    }

    [Fact]
    public async Task SoapMessages_AreAnsweredOrRefused()
    {
        await _ca.IssueAsync(RequestId.New(), Number);
        byte[][] valid =
        [
            Envelope(new IssueCertificatesRequest(RequestId.New(), Numbers("3012", 100, 3))),
            Envelope(new ReissueCertificateRequest(RequestId.New(), Number, "write failed")),
            Envelope(new SignCertificateRequestRequest(RequestId.New(), Numbers("3012", 200, 1)[0], BoardMade.Request("CN=3012-000200"), null)),
            Envelope(new AcknowledgeCertificatesRequest(RequestId.New())),
            Envelope(new ReturnCertificatesRequest(RequestId.New(), Numbers("3012", 102, 2), "left over")),
            Envelope(new GetCommonCertificateRequest(RequestId.New())),
        ];
        await FuzzRun.OverAsync(valid, async changed =>
        {
            using var content = new ByteArrayContent(changed);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(SoapEnvelope.ContentType);
            using var response = await _terminal.PostAsync("soap", content);
            var answer = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK)
                return;
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
            Assert.Contains($"<Code xmlns=\"{SoapEnvelope.Namespace}\">", answer, StringComparison.Ordinal);
            Assert.DoesNotContain($">{ErrorCode.Internal}<", answer, StringComparison.Ordinal);
        });
        EveryCertificateIsSound();
    }

    [Fact]
    public async Task EnrollmentBodies_AreAnsweredOrRefused()
    {
        var valid = Encoding.ASCII.GetBytes(Convert.ToBase64String(BoardMade.Request("CN=3012-000300"), Base64FormattingOptions.InsertLineBreaks));
        await FuzzRun.OverAsync([valid], async changed =>
        {
            using var content = new ByteArrayContent(changed);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
            using var response = await _terminal.PostAsync(".well-known/est/simpleenroll", content);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                await EnrollingDevice.CertificateInAsync(response);
                return;
            }

            var sentence = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict, sentence);
            Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        });
        EveryCertificateIsSound();
    }

    [Fact]
    public async Task OcspRequests_AreAnsweredInOcspsOwnWords()
    {
        using var certificate = X509CertificateLoader.LoadCertificate((await _ca.IssueAsync(RequestId.New(), Number)).Single().ClientCertificate);
        using var client = new OcspClient(_ca);
        byte[][] valid =
        [
            client.Request([certificate.SerialNumber]),
            client.Request([certificate.SerialNumber], RandomNumberGenerator.GetBytes(16)),
            client.Request([certificate.SerialNumber, SerialNumber.Random().ToString()], hash: OcspClient.Sha256),
        ];
        Assert.Equal("good", await client.AskAsync(certificate.SerialNumber));
        await FuzzRun.OverAsync(valid, async changed =>
        {
            foreach (var askAsync in new Func<Task<HttpResponseMessage>>[] { () => client.PostAsync(changed), () => client.GetAsync(changed) })
            {
                using var response = await askAsync();
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                var answer = await OcspClient.ReadAsync(response);
                Assert.True(answer.Status is OcspRespStatus.Successful or OcspRespStatus.MalformedRequest or OcspRespStatus.Unauthorized, $"OCSP status {answer.Status}");
                if (answer.Status == OcspRespStatus.Successful)
                    client.Check((BasicOcspResp)answer.GetResponseObject());
            }
        });
    }

    private static byte[] Envelope<T>(T message)
        where T : ISoapMessage<T> => SoapEnvelope.ToBytes(T.Schema.Name, message);

    /// <summary>Whatever was issued says its own machine number, of a model that has a profile, and each number has one that counts.</summary>
    private void EveryCertificateIsSound()
    {
        var rows = _ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<(string Number, byte[] ToBeSigned)>(
            "SELECT machine_number, to_be_signed FROM certificate WHERE signature IS NOT NULL").ToList());
        foreach (var (number, toBeSigned) in rows)
        {
            Assert.Equal("3012", MachineNumber.Parse(number).Model.ToString());
            var subject = Org.BouncyCastle.Asn1.X509.TbsCertificateStructure.GetInstance(Org.BouncyCastle.Asn1.Asn1Object.FromByteArray(toBeSigned)).Subject;
            Assert.Equal([number], subject.GetValueList(Org.BouncyCastle.Asn1.X509.X509Name.CN).Cast<string>());
        }
    }
}
