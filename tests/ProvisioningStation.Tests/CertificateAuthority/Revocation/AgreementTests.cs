using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.X509;
using ProvisioningStation.CertificateAuthority.Revocation.Ocsp;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>openssl and BouncyCastle, CRL and OCSP say the same of certificates in every state, before and after the responder's renewal and a restart.</summary>
public sealed class AgreementTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, (X509Certificate2 Certificate, string Expected)> _certificates = new(StringComparer.Ordinal);
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync();
        var numbers = Numbers("3012", 1, 6);
        foreach (var (number, reason) in numbers.Zip([null, "keyCompromise", "cessationOfOperation", "unspecified", "superseded", "again"]))
        {
            var certificate = await _ca.IssueOneAsync(number);
            _certificates[certificate.Serial()] = (certificate, reason is null ? "good" : "revoked");
            if (reason == "again")
                await _ca.ReissueAsync(RequestId.New(), number);
            else if (reason is not null)
                await _ca.RevokeAsync(new RevocationRequest { MachineNumber = number.ToString(), Reason = reason });
            await File.WriteAllTextAsync(_directory[certificate.Serial() + ".pem"], certificate.ExportCertificatePem());
        }

        var root = await File.ReadAllTextAsync(Path.Combine(_ca.Data, "root.pem"));
        await File.WriteAllTextAsync(_directory["chain.pem"], root + await File.ReadAllTextAsync(Path.Combine(_ca.Data, "devices-issuing.pem")));
    }

    public async Task DisposeAsync()
    {
        foreach (var (certificate, _) in _certificates.Values)
            certificate.Dispose();
        await _ca.DisposeAsync();
        _directory.Dispose();
    }

    [FactNeeds("openssl", "curl")]
    public async Task AllReaders_AgreeBeforeAndAfterRenewalAndRestart()
    {
        await AssertAgreementAsync();
        var before = await ResponderAsync();
        await _ca.StartAgainAsync();
        Assert.Equal(before, await ResponderAsync());
        await AssertAgreementAsync();
        await _ca.StartAgainAsync("--Revocation:OcspCertificateValidity=40.00:00:00"); // so that half of the present one's is over
        Assert.NotEqual(before, await ResponderAsync());
        await AssertAgreementAsync();
    }

    private async Task<string> ResponderAsync() =>
        (await _ca.Services.GetRequiredService<OcspResponders>().RenewAsync(_ca.Services.GetRequiredService<IssuingCas>().Active, CancellationToken.None)).SerialNumber;

    private async Task AssertAgreementAsync()
    {
        var crl = await _ca.PublishCrlAsync();
        await File.WriteAllBytesAsync(_directory["crl.der"], crl);
        await Tool.RunOkAsync("openssl", "crl", "-inform", "DER", "-in", _directory["crl.der"], "-out", _directory["crl.pem"]);
        var listed = new X509CrlParser().ReadCrl(crl);
        using var ocsp = new OcspClient(_ca);
        foreach (var (serial, (_, expected)) in _certificates)
        {
            Assert.Equal(expected, (await ocsp.AskAsync(serial)).Split(' ')[0]);
            Assert.Equal(expected, listed.GetRevokedCertificate(new Org.BouncyCastle.Math.BigInteger(serial, 16)) is null ? "good" : "revoked");
            Assert.Equal(expected, await VerifyAsync(serial));
            Assert.Equal(expected, await OpensslAsync("-cert", _directory[serial + ".pem"]));
            Assert.Equal(expected, await OpensslAsync("-no_nonce", "-cert", _directory[serial + ".pem"]));
            Assert.Equal(expected, await OpensslAsync("-sha256", "-cert", _directory[serial + ".pem"]));
            Assert.Equal(expected, await CurlAsync(serial));
        }

        Assert.Equal("unknown", await OpensslAsync("-serial", "0x" + new string('4', 40)));
    }

    private async Task<string> VerifyAsync(string serial)
    {
        var (code, output, error) = await Tool.RunAsync(
            "openssl",
            ["verify", "-crl_check", "-CAfile", Path.Combine(_ca.Data, "root.pem"), "-untrusted", Path.Combine(_ca.Data, "devices-issuing.pem"), "-CRLfile", _directory["crl.pem"], _directory[serial + ".pem"]]);
        return code == 0 ? "good" : error.Contains("certificate revoked", StringComparison.Ordinal) ? "revoked" : output + error;
    }

    /// <summary><c>openssl ocsp</c> over HTTP; it checks signature, responder and, where it sends one, the nonce.</summary>
    private Task<string> OpensslAsync(params string[] about) => OcspAsync(["-url", new Uri(_ca.PublicAddress, "/ocsp").ToString(), .. about]);

    /// <summary>The same request as a GET by curl, its answer read by openssl.</summary>
    private async Task<string> CurlAsync(string serial)
    {
        string[] about = ["-issuer", Path.Combine(_ca.Data, "devices-issuing.pem"), "-cert", _directory[serial + ".pem"]];
        await Tool.RunOkAsync("openssl", ["ocsp", "-no_nonce", "-reqout", _directory["request.der"], .. about]);
        var encoded = Uri.EscapeDataString(Convert.ToBase64String(await File.ReadAllBytesAsync(_directory["request.der"])));
        await Tool.RunOkAsync("curl", "--silent", "--show-error", "--fail", "--output", _directory["response.der"], new Uri(_ca.PublicAddress, "/ocsp/") + encoded);
        return await OcspAsync(["-respin", _directory["response.der"], "-no_nonce", "-cert", _directory[serial + ".pem"]]);
    }

    private async Task<string> OcspAsync(string[] arguments)
    {
        var (code, output, error) = await Tool.RunAsync("openssl", ["ocsp", "-issuer", Path.Combine(_ca.Data, "devices-issuing.pem"), "-CAfile", _directory["chain.pem"], .. arguments]);
        Assert.True(code == 0 && error.Contains("Response verify OK", StringComparison.Ordinal), output + error);
        Assert.DoesNotContain("no nonce in response", error, StringComparison.Ordinal);
        return new[] { "good", "revoked", "unknown" }.Single(status => output.Contains($": {status}\n", StringComparison.Ordinal));
    }
}
