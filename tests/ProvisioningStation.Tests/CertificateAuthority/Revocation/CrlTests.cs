using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.X509;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Revocation.Crl;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>The CRL as others read it: BouncyCastle, openssl, an HTTP cache.</summary>
public sealed class CrlTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Revocation:CrlDelay=00:00:00.050");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task WithoutRevocations_HasNoEntriesAndIsSignedByTheIssuer()
    {
        var crl = await ReadAsync(await _ca.PublishCrlAsync());
        Assert.Null(crl.GetRevokedCertificates());
        Assert.Equal(2, crl.Version);
        Assert.Equal(TimeSpan.FromDays(3), crl.NextUpdate.Value - crl.ThisUpdate);
        var authority = AuthorityKeyIdentifier.GetInstance(Extension(crl, X509Extensions.AuthorityKeyIdentifier));
        Assert.Equal(SubjectKeyIdentifier.GetInstance(await IssuerExtensionAsync()).GetKeyIdentifier(), authority.GetKeyIdentifier());
    }

    [Fact]
    public async Task EachEndedCertificate_IsListedWithItsReasonAndTime()
    {
        var reasons = RevocationReasons.Names.ToList();
        var numbers = Numbers("3012", 1, reasons.Count + 1);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (number, reason) in numbers.Zip(reasons))
        {
            using var certificate = await _ca.IssueOneAsync(number);
            await _ca.RevokeAsync(new RevocationRequest { MachineNumber = number.ToString(), Reason = reason });
            expected[certificate.Serial()] = reason;
        }

        using var superseded = await _ca.IssueOneAsync(numbers[^1]);
        await _ca.ReissueAsync(RequestId.New(), numbers[^1]);
        expected[superseded.Serial()] = "superseded";
        var crl = await ReadAsync(await _ca.PublishCrlAsync());
        var listed = crl.GetRevokedCertificates().Cast<X509CrlEntry>().ToDictionary(entry => entry.SerialNumber.ToString(16), ReasonOf, StringComparer.Ordinal);
        Assert.Equal(expected, listed);
    }

    [Fact]
    public async Task Revocation_IsOnTheServedCrlWithinSeconds()
    {
        using var certificate = await _ca.IssueOneAsync(Numbers("3012", 1, 1)[0]);
        await _ca.RevokeAsync(new RevocationRequest { SerialNumber = certificate.Serial() });
        await UntilListedAsync(certificate.Serial());
    }

    [Fact]
    public async Task RevocationWithoutItsCrl_IsPublishedByTheNextStart()
    {
        var number = Numbers("3012", 1, 1)[0];
        using var certificate = await _ca.IssueOneAsync(number);
        await _ca.PublishCrlAsync();
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE certificate SET state = 'Revoked', revoked_at = '2026-01-01T00:00:00.000Z', revocation_reason = 'unspecified'", transaction: transaction),
            CancellationToken.None);
        await _ca.StartAgainAsync();
        await UntilListedAsync(certificate.Serial());
    }

    [Fact]
    public async Task Number_GrowsAcrossRestarts()
    {
        var first = NumberOf(await ReadAsync(await _ca.PublishCrlAsync()));
        await _ca.StartAgainAsync();
        var second = NumberOf(await ReadAsync(await _ca.PublishCrlAsync()));
        Assert.True(second > first, $"{first} → {second}");
        Assert.Equal(1, Assert.Single(_ca.Query<long>("SELECT COUNT(content) FROM crl")));
        Assert.Equal(second, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM crl")));
    }

    [Fact]
    public async Task EndedCertificate_StaysOnOneMoreCrlThenGoes()
    {
        using var certificate = await _ca.IssueOneAsync(Numbers("3012", 1, 1)[0]);
        await _ca.RevokeAsync(new RevocationRequest { SerialNumber = certificate.Serial() });
        await UntilListedAsync(certificate.Serial());
        var store = _ca.Services.GetRequiredService<CrlStore>();
        await EndAsync(DateTimeOffset.UtcNow.AddHours(-1)); // after the CRL before the last scheduled one
        Assert.Equal(1, ReadEntries(await _ca.PublishCrlAsync()));
        await EndAsync(DateTimeOffset.UtcNow.AddHours(-7)); // it has been on one that was made after its end
        Assert.Equal(0, ReadEntries(await _ca.PublishCrlAsync()));

        Task EndAsync(DateTimeOffset end) => _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE certificate SET not_after = @end", new { end = UtcText.Of(end) }, transaction),
            CancellationToken.None);
        static int ReadEntries(byte[] crl) => new X509CrlParser().ReadCrl(crl).GetRevokedCertificates()?.Count ?? 0;
    }

    [Fact]
    public async Task TenThousandEntries_AreMadeWithinASecond()
    {
        var id = RequestId.New();
        await _ca.IssueAsync(id, Numbers("A123", 1, 10_000));
        await _ca.RevokeAsync(new RevocationRequest { RequestId = id.ToString(), Reason = "privilegeWithdrawn" });
        var content = await _ca.PublishCrlAsync();
        await Speed.BestAsync(TimeSpan.FromSeconds(1), async () => content = await _ca.PublishCrlAsync());
        var crl = await ReadAsync(content);
        Assert.Equal(_ca.Query<string>("SELECT serial_number FROM certificate ORDER BY serial_number"), crl.GetRevokedCertificates().Cast<X509CrlEntry>().Select(entry => entry.SerialNumber.ToString(16)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Served_ForCaches()
    {
        await _ca.PublishCrlAsync();
        using var http = new HttpClient { BaseAddress = _ca.PublicAddress };
        using var full = await http.GetAsync("/crl/devices-1.crl");
        Assert.Equal("application/pkix-crl", full.Content.Headers.ContentType!.MediaType);
        Assert.InRange(full.Headers.CacheControl!.MaxAge!.Value.TotalHours, 5.9, 6);
        Assert.NotNull(full.Content.Headers.LastModified);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/crl/devices-1.crl"));
        Assert.Equal((HttpStatusCode.OK, full.Content.Headers.ContentLength), (head.StatusCode, head.Content.Headers.ContentLength));
        foreach (var condition in new Action<HttpRequestHeaders>[]
        {
            headers => headers.IfNoneMatch.Add(full.Headers.ETag!),
            headers => headers.IfModifiedSince = full.Content.Headers.LastModified,
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/crl/devices-1.crl");
            condition(request.Headers);
            using var again = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/crl/devices-2.crl")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/crl/devices-x.crl")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/crl")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.PostAsync("/crl/devices-1.crl", null)).StatusCode);
    }

    [Fact]
    public async Task CertificatesOfTheCa_AreServedInDer()
    {
        using var root = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(await _ca.FetchAsync("/ca/root.cer"));
        using var issuer = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(await _ca.FetchAsync("/ca/devices-1.cer"));
        Assert.Equal(root.Subject, issuer.Issuer);
    }

    [Fact]
    public async Task StoppedSigning_MakesNoCrlAndHealthSaysSo()
    {
        await _ca.PublishCrlAsync();
        _ca.Services.GetRequiredService<SigningGate>().Stop("the test wants it.");
        using var refused = await _ca.Http(_ca.Identity("administrator")).PostAsync("/api/crl", null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        using var certificate = await _ca.Http(_ca.Identity("operator")).GetAsync("/api/crl"); // what was made is still there
        Assert.Equal(HttpStatusCode.OK, certificate.StatusCode);
        _ca.Services.GetRequiredService<ProvisioningStation.CertificateAuthority.Revocation.RevocationNews>().Announce();
        await UntilAsync(() => Task.FromResult(_ca.Services.GetRequiredService<HealthState>().Jobs.TryGetValue("crl", out var job) && job.Error is { } error && error.Contains("stopped signing", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Api_ListsAndPublishes()
    {
        await _ca.PublishCrlAsync();
        var administrator = _ca.Http(_ca.Identity("administrator"));
        var before = Assert.Single((await administrator.GetFromJsonAsync<Page<CrlSummary>>("/api/crl", JsonForm.Options))!.Items);
        using var response = await administrator.PostAsync("/api/crl", null);
        var made = Assert.Single((await response.Content.ReadFromJsonAsync<Page<CrlSummary>>(JsonForm.Options))!.Items);
        Assert.Equal((1, before.Number + 1, "/crl/devices-1.crl"), (made.Issuer, made.Number, made.Path));
        Assert.Equal(1, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM audit_event WHERE action = 'CrlPublished' AND actor = 'Administrator administrator' AND subject = 'devices-1'")));
        using var forbidden = await _ca.Http(_ca.Identity("operator")).PostAsync("/api/crl", null);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    [FactNeeds("openssl")]
    public async Task Openssl_VerifiesWithIt()
    {
        using var directory = new Fixtures.TemporaryDirectory();
        var numbers = Numbers("3012", 1, 3);
        using var good = await _ca.IssueOneAsync(numbers[0]);
        using var revoked = await _ca.IssueOneAsync(numbers[1]);
        using var superseded = await _ca.IssueOneAsync(numbers[2]);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = numbers[1].ToString(), Reason = "keyCompromise" });
        await _ca.ReissueAsync(RequestId.New(), numbers[2]);
        await File.WriteAllBytesAsync(directory["crl.der"], await _ca.PublishCrlAsync());
        var text = await Tool.RunOkAsync("openssl", "crl", "-inform", "DER", "-in", directory["crl.der"], "-text", "-noout", "-CAfile", Path.Combine(_ca.Data, "devices-issuing.pem"));
        Assert.Contains("X509v3 CRL Number", text, StringComparison.Ordinal);
        Assert.Contains("Key Compromise", text, StringComparison.Ordinal);
        Assert.Contains(revoked.SerialNumber, text, StringComparison.Ordinal);
        await Tool.RunOkAsync("openssl", "crl", "-inform", "DER", "-in", directory["crl.der"], "-out", directory["crl.pem"]);
        foreach (var (certificate, fails) in new[] { (good, false), (revoked, true), (superseded, true) })
        {
            await File.WriteAllTextAsync(directory["leaf.pem"], certificate.ExportCertificatePem());
            var (code, output, error) = await Tool.RunAsync(
                "openssl",
                ["verify", "-crl_check", "-CAfile", Path.Combine(_ca.Data, "root.pem"), "-untrusted", Path.Combine(_ca.Data, "devices-issuing.pem"), "-CRLfile", directory["crl.pem"], directory["leaf.pem"]]);
            Assert.True(fails == (code != 0), output + error);
            Assert.Equal(fails, error.Contains("certificate revoked", StringComparison.Ordinal));
        }
    }

    private Task UntilListedAsync(string serial) => UntilAsync(async () =>
    {
        using var http = new HttpClient { BaseAddress = _ca.PublicAddress };
        using var response = await http.GetAsync("/crl/devices-1.crl");
        return response.IsSuccessStatusCode
            && new X509CrlParser().ReadCrl(await response.Content.ReadAsByteArrayAsync()).GetRevokedCertificate(new Org.BouncyCastle.Math.BigInteger(serial, 16)) is not null;
    });

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }

    /// <summary>The CRL, its signature checked with the issuer's certificate as served.</summary>
    private async Task<X509Crl> ReadAsync(byte[] content)
    {
        var crl = new X509CrlParser().ReadCrl(content);
        crl.Verify(new X509CertificateParser().ReadCertificate(await _ca.FetchAsync("/ca/devices-1.cer")).GetPublicKey());
        return crl;
    }

    private async Task<Asn1Object> IssuerExtensionAsync() =>
        Asn1Object.FromByteArray(new X509CertificateParser().ReadCertificate(await _ca.FetchAsync("/ca/devices-1.cer")).GetExtensionValue(X509Extensions.SubjectKeyIdentifier).GetOctets());

    private static Asn1Object Extension(X509Crl crl, DerObjectIdentifier type) => Asn1Object.FromByteArray(crl.GetExtensionValue(type).GetOctets());

    private static long NumberOf(X509Crl crl) => DerInteger.GetInstance(Extension(crl, X509Extensions.CrlNumber)).Value.LongValue;

    private static string ReasonOf(X509CrlEntry entry) => entry.GetExtensionValue(X509Extensions.ReasonCode) is { } value
        ? RevocationReasons.NameOf((RevocationReason)DerEnumerated.GetInstance(Asn1Object.FromByteArray(value.GetOctets())).IntValueExact)
        : "unspecified";
}
