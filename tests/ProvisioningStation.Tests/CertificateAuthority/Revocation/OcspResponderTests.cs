using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Revocation.Ocsp;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>The delegated responder's own certificate: made, kept, renewed, replaced.</summary>
public sealed class OcspResponderTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    private string CertificateFile => Path.Combine(_ca.Data, "signing-keys", "ocsp-1.pem");

    private string KeyFile => Path.Combine(_ca.Data, "signing-keys", "ocsp-1.key");

    private IssuingCa Issuer => _ca.Services.GetRequiredService<IssuingCas>().Active;

    private Task<OcspResponder> RenewAsync() => _ca.Services.GetRequiredService<OcspResponders>().RenewAsync(Issuer, CancellationToken.None);

    [Fact]
    public async Task Responder_IsKeptAcrossRestarts()
    {
        var before = await RenewAsync();
        Assert.Contains("ENCRYPTED PRIVATE KEY", await File.ReadAllTextAsync(KeyFile), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await _ca.StartAgainAsync();
        Assert.Equal(before.SerialNumber, (await RenewAsync()).SerialNumber);
        Assert.Contains(before.SerialNumber, Assert.Single(_ca.Query<string>("SELECT detail FROM audit_event WHERE action = 'OcspResponderIssued' AND subject = 'devices-1'")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfOver_IsRenewedAndBothAnswersVerify()
    {
        using var certificate = await _ca.IssueOneAsync(Numbers("3012", 1, 1)[0]);
        var first = await RenewAsync();
        using (var ocsp = new OcspClient(_ca))
            Assert.Equal("good", await ocsp.AskAsync(certificate.Serial()));

        // The same files under an option by which half of their time is over.
        await _ca.StartAgainAsync("--Revocation:OcspCertificateValidity=40.00:00:00");
        var second = await RenewAsync();
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.InRange((second.NotAfter - DateTimeOffset.UtcNow).TotalDays, 39.9, 40);
        using var again = new OcspClient(_ca);
        Assert.Equal("good", await again.AskAsync(certificate.Serial()));
        Assert.Equal("good", await again.AskAsync(certificate.Serial(), nonce: [1, 2, 3]));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task FilesThatAKillLeftIncomplete_AreReplaced(bool loseKey, bool loseCertificate)
    {
        using var certificate = await _ca.IssueOneAsync(Numbers("3012", 1, 1)[0]);
        var before = await RenewAsync();
        await _ca.StopAsync();
        if (loseKey)
            File.Delete(KeyFile);
        if (loseCertificate)
            File.Delete(CertificateFile);
        await _ca.StartAgainAsync();
        Assert.NotEqual(before.SerialNumber, (await RenewAsync()).SerialNumber);
        using var ocsp = new OcspClient(_ca);
        Assert.Equal("good", await ocsp.AskAsync(certificate.Serial()));
    }

    [Fact]
    public async Task CertificateOfAnotherKey_IsReplaced()
    {
        await RenewAsync();
        await _ca.StopAsync();
        File.Copy(Path.Combine(_ca.Data, "tls.pem"), CertificateFile, overwrite: true);
        await _ca.StartAgainAsync();
        await RenewAsync();
        using var ocsp = new OcspClient(_ca);
        Assert.Equal("unknown", await ocsp.AskAsync(new string('4', 40)));
    }

    [Fact]
    public async Task Issuers_AreListedWithTheirResponder()
    {
        var responder = await RenewAsync();
        var listed = Assert.Single((await _ca.Http(_ca.Identity("auditor")).GetFromJsonAsync<Page<IssuerSummary>>("/api/issuers", JsonForm.Options))!.Items);
        Assert.Equal((1, true, responder.NotAfter), (listed.Issuer, listed.Active, listed.OcspResponderUntil));
        Assert.Equal(Fingerprint.Of(await _ca.FetchAsync(listed.Path)).ToString(), listed.Fingerprint);
    }
}
