using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Ocsp;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>The OCSP responder as BouncyCastle and HTTP caches see it.</summary>
public sealed class OcspTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = Numbers("3012", 1, 1)[0];
    private static readonly string NeverIssued = new('4', 40);

    private RunningAuthority _ca = null!;
    private OcspClient _ocsp = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync();
        _ocsp = new OcspClient(_ca);
    }

    public async Task DisposeAsync()
    {
        _ocsp.Dispose();
        await _ca.DisposeAsync();
    }

    [Theory]
    [InlineData(OcspClient.Sha1)]
    [InlineData(OcspClient.Sha256)]
    public async Task Certificate_IsGoodUntilItIsRevoked(string hash)
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        Assert.Equal("good", await _ocsp.AskAsync(certificate.Serial(), hash: hash));
        await _ca.RevokeAsync(new RevocationRequest { SerialNumber = certificate.Serial(), Reason = "keyCompromise" });
        Assert.Equal("revoked 1", await _ocsp.AskAsync(certificate.Serial(), hash: hash)); // at once, although the answer before was kept
        Assert.Equal("unknown", await _ocsp.AskAsync(NeverIssued, hash: hash));
    }

    [Fact]
    public async Task ReissuedCertificate_IsRevokedAsSuperseded()
    {
        using var first = await _ca.IssueOneAsync(Number);
        Assert.Equal("good", await _ocsp.AskAsync(first.Serial()));
        await _ca.ReissueAsync(RequestId.New(), Number);
        Assert.Equal("revoked 4", await _ocsp.AskAsync(first.Serial()));
    }

    [Fact]
    public async Task UnspecifiedReason_IsLeftOut()
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        await _ca.RevokeAsync(new RevocationRequest { SerialNumber = certificate.Serial() });
        Assert.Equal("revoked", await _ocsp.AskAsync(certificate.Serial()));
    }

    [Fact]
    public async Task ReservedCertificate_IsUnknownAndGoodOnceItIsIssued()
    {
        var id = RequestId.New();
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare([Number], DateTimeOffset.UtcNow);
        await _ca.Services.GetRequiredService<IssuanceStore>().ReserveAsync(new IssuanceOrder(id, OrderKind.Issue, "F1", [Number]), made, CancellationToken.None);
        Assert.Equal("unknown", await _ocsp.AskAsync(made[0].SerialNumber.ToString()));
        await _ca.IssueAsync(id, Number);
        Assert.Equal("good", await _ocsp.AskAsync(made[0].SerialNumber.ToString()));
    }

    [Fact]
    public async Task SeveralCertificates_AreAnsweredInTheOrderAsked()
    {
        var packs = await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 3));
        var serials = packs.ConvertAll(pack => System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(pack.ClientCertificate).Serial());
        await _ca.RevokeAsync(new RevocationRequest { SerialNumber = serials[1], Reason = "cessationOfOperation" });
        var answer = await _ocsp.AskAsync(_ocsp.Request([.. serials, NeverIssued]));
        Assert.Equal(["good", "revoked 5", "good", "unknown"], answer.Responses.Select(OcspClient.Say));
        Assert.Equal(OcspRespStatus.Successful, await _ocsp.StatusAsync(_ocsp.Request(Enumerable.Repeat(serials[0], 100))));
        Assert.Equal(OcspRespStatus.MalformedRequest, await _ocsp.StatusAsync(_ocsp.Request(Enumerable.Repeat(serials[0], 101))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task Nonce_IsEchoedAndNeverKept(int length)
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        var nonce = RandomNumberGenerator.GetBytes(length);
        using var response = await _ocsp.PostAsync(_ocsp.Request([certificate.Serial()], nonce));
        Assert.True(response.Headers.CacheControl!.NoStore);
        var answer = _ocsp.Check((BasicOcspResp)(await OcspClient.ReadAsync(response)).GetResponseObject());
        Assert.Equal(nonce, Asn1OctetString.GetInstance(Asn1Object.FromByteArray(answer.GetExtensionValue(OcspObjectIdentifiers.PkixOcspNonce).GetOctets())).GetOctets());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public async Task NonceOfAnotherLength_IsMalformed(int length) =>
        Assert.Equal(OcspRespStatus.MalformedRequest, await _ocsp.StatusAsync(_ocsp.Request([NeverIssued], new byte[length])));

    [Fact]
    public async Task UnknownExtension_IsPassedOverUnlessItIsCritical()
    {
        var type = new DerObjectIdentifier("1.3.6.1.5.5.7.48.1.4");
        var value = new DerSequence(new DerObjectIdentifier("1.3.6.1.5.5.7.48.1.1"));
        Assert.Equal(OcspRespStatus.Successful, await _ocsp.StatusAsync(_ocsp.RequestWith(NeverIssued, type, critical: false, value)));
        Assert.Equal(OcspRespStatus.MalformedRequest, await _ocsp.StatusAsync(_ocsp.RequestWith(NeverIssued, type, critical: true, value)));
    }

    [Fact]
    public async Task ForeignIssuer_IsNotAnsweredFor()
    {
        await using var other = await StartAsync();
        using var foreign = new OcspClient(other);
        Assert.Equal(OcspRespStatus.Unauthorized, await _ocsp.StatusAsync(foreign.Request([NeverIssued])));
    }

    [Fact]
    public async Task Get_IsForCaches()
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        var request = _ocsp.Request([certificate.Serial()], hash: OcspClient.Sha256);
        using var first = await _ocsp.GetAsync(request);
        Assert.Equal("good", OcspClient.Say(_ocsp.Check((BasicOcspResp)(await OcspClient.ReadAsync(first)).GetResponseObject()).Responses.Single()));
        Assert.InRange(first.Headers.CacheControl!.MaxAge!.Value.TotalMinutes, 59, 60);
        Assert.Equal(TimeSpan.FromHours(1), first.Content.Headers.Expires - first.Content.Headers.LastModified);
        using var second = await _ocsp.GetAsync(request);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag); // signed once

        using var unknown = await _ocsp.GetAsync(_ocsp.Request([NeverIssued]));
        Assert.True(unknown.Headers.CacheControl!.NoStore); // it may be issued in the next moment
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3000")]
    [InlineData("30023000")]
    [InlineData("3004300230000500")]
    [InlineData("30803080308030800000000000000000")]
    [InlineData("30843FFFFFFF")]
    [InlineData("3C68746D6C3E")]
    public async Task Garbage_IsMalformed(string hex)
    {
        Assert.Equal(OcspRespStatus.MalformedRequest, await _ocsp.StatusAsync(Convert.FromHexString(hex)));
        using var get = await _ocsp.GetAsync(Convert.FromHexString(hex));
        Assert.Equal(OcspRespStatus.MalformedRequest, (await OcspClient.ReadAsync(get)).Status);
    }

    [Fact]
    public async Task TooLargeOrOfAnotherType_IsMalformed()
    {
        foreach (var size in new[] { (16 * 1024) + 1, 60 * 1024 })
        {
            using var large = await _ocsp.PostAsync(new byte[size]);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
            Assert.Equal(OcspRespStatus.MalformedRequest, (await OcspClient.ReadAsync(large)).Status);
        }

        using var type = await _ocsp.PostAsync(_ocsp.Request([NeverIssued]), "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, type.StatusCode);
        using var http = new HttpClient { BaseAddress = _ca.PublicAddress };
        using var notBase64 = await http.GetAsync("/ocsp/abc%FF!!");
        Assert.Equal(OcspRespStatus.MalformedRequest, (await OcspClient.ReadAsync(notBase64)).Status);
    }

    [Fact]
    public async Task MutatedRequests_AreAnsweredProperly()
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        var whole = _ocsp.Request([certificate.Serial()], RandomNumberGenerator.GetBytes(16));
        var random = new Random(6960);
        for (var round = 0; round < 400; round++)
        {
            var mutated = (byte[])whole.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            var status = await _ocsp.StatusAsync(random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated);
            Assert.Contains(status, new[] { OcspRespStatus.Successful, OcspRespStatus.MalformedRequest, OcspRespStatus.Unauthorized });
        }
    }

    [Fact]
    public async Task StoppedSigning_PutsOff()
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        Assert.Equal("good", await _ocsp.AskAsync(certificate.Serial()));
        _ca.Services.GetRequiredService<SigningGate>().Stop("the test wants it.");
        Assert.Equal(OcspRespStatus.TryLater, await _ocsp.StatusAsync(_ocsp.Request([certificate.Serial()])));
        _ca.Services.GetRequiredService<SigningGate>().Resume();
        Assert.Equal("good", await _ocsp.AskAsync(certificate.Serial()));
    }
}
