using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Wire;

/// <summary>EST (RFC 7030) with curl and openssl as the client, at the CA's own process: nothing of ours on the device's side.</summary>
public sealed class CurlEnrollmentTests : IAsyncLifetime
{
    private const string Number = "3012-900010";
    private const string Subject = $"/O=Example Manufacturing/OU=3012/CN={Number}/serialNumber={Number}";

    private TestFactory _factory = null!;
    private string _work = null!;

    public async Task InitializeAsync()
    {
        _factory = await TestFactory.StartAsync(lines: 0);
        _work = Directory.CreateDirectory(Path.Combine(_factory.Directory, "est")).FullName;
    }

    public async Task DisposeAsync() => await _factory.DisposeAsync();

    [FactNeeds("curl", "openssl")]
    public async Task Device_EnrollsAndRenewsAndAsksAgain()
    {
        // 1. The terminal, as registration authority, gets the first certificate.
        var terminal = _factory.Layout.CommunicationTerminal;
        await Tool.RunOkAsync("openssl", "pkey", "-in", Path.Combine(terminal, "tls.key"), "-passin", "file:" + Path.Combine(terminal, "wrap.key"), "-out", In("terminal.key"));
        File.Copy(Path.Combine(terminal, "tls.pem"), In("terminal.pem"));
        await RequestAsync("first", $"/CN={Number}");
        Assert.Equal("200 application/pkcs7-mime; smime-type=certs-only", await PostAsync("terminal", "simpleenroll", "first", "first.p7"));
        await CertificatesAsync("first.p7", "first.pem");

        // 2. Root and issuing CAs are what it verifies with.
        Assert.Equal("200 application/pkcs7-mime", await CurlAsync("terminal", "cacerts", "cacerts.p7"));
        await CertificatesAsync("cacerts.p7", "cacerts.pem");
        await VerifyAsync("first");
        await WithChainAsync("first");

        // 3. The device asks what a request should hold, and renews with a key of its own.
        Assert.Equal("200 application/csrattrs", await CurlAsync("first", "csrattrs", "attributes"));
        await Tool.RunOkAsync("openssl", "base64", "-d", "-in", In("attributes"), "-out", In("attributes.der"));
        Assert.Contains("prime256v1", await Tool.RunOkAsync("openssl", "asn1parse", "-inform", "DER", "-in", In("attributes.der")), StringComparison.Ordinal);
        await RequestAsync("second", Subject);
        Assert.Equal("200 application/pkcs7-mime; smime-type=certs-only", await PostAsync("first", "simplereenroll", "second", "second.p7"));
        await CertificatesAsync("second.p7", "second.pem");
        await VerifyAsync("second");
        Assert.Equal(
            await Tool.RunOkAsync("openssl", "pkey", "-in", In("second.key"), "-pubout"),
            await Tool.RunOkAsync("openssl", "x509", "-in", In("second.pem"), "-noout", "-pubkey"));

        // 4. The answer was lost: the same request with the old certificate gets it again, another one does not.
        Assert.StartsWith("200", await PostAsync("first", "simplereenroll", "second", "again.p7"), StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(In("second.p7")), await File.ReadAllTextAsync(In("again.p7")));
        await RequestAsync("third", Subject);
        Assert.Equal("403 text/plain; charset=utf-8", await PostAsync("first", "simplereenroll", "third", "refused"));
        Assert.Contains("Superseded", await File.ReadAllTextAsync(In("refused")), StringComparison.Ordinal);

        // 5. The new certificate renews as well as the first.
        await WithChainAsync("second");
        Assert.StartsWith("200", await PostAsync("second", "simplereenroll", "third", "third.p7"), StringComparison.Ordinal);
    }

    private string In(string file) => Path.Combine(_work, file);

    private async Task RequestAsync(string name, string subject)
    {
        await Tool.RunOkAsync(
            "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-utf8", "-keyout", In(name + ".key"), "-subj", subject, "-outform", "DER", "-out", In(name + ".csr"));
        await Tool.RunOkAsync("openssl", "base64", "-in", In(name + ".csr"), "-out", In(name + ".b64"));
    }

    private Task<string> PostAsync(string identity, string operation, string request, string answer) =>
        CurlAsync(identity, operation, answer, "--header", "Content-Type: application/pkcs10", "--data-binary", "@" + In(request + ".b64"));

    /// <summary>Status and content type of the answer.</summary>
    private async Task<string> CurlAsync(string identity, string operation, string answer, params string[] more) => await Tool.RunOkAsync(
        "curl",
        [
            "--silent", "--show-error", "--noproxy", "*", "--cacert", Path.Combine(_factory.Layout.CommunicationTerminal, "root.pem"), "--cert", In(identity + ".pem"), "--key", In(identity + ".key"),
            "--output", In(answer), "--write-out", "%{http_code} %{content_type}", .. more, $"{_factory.Floor.CertificateAuthority.Address}.well-known/est/{operation}",
        ]);

    private async Task CertificatesAsync(string answer, string pem)
    {
        await Tool.RunOkAsync("openssl", "base64", "-d", "-in", In(answer), "-out", In(answer + ".der"));
        await Tool.RunOkAsync("openssl", "pkcs7", "-inform", "DER", "-in", In(answer + ".der"), "-print_certs", "-out", In(pem));
    }

    private Task VerifyAsync(string name) => Tool.RunOkAsync(
        "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", Path.Combine(_factory.Layout.CommunicationTerminal, "root.pem"), "-untrusted", In("cacerts.pem"), In(name + ".pem"));

    /// <summary>What a device presents: its certificate, then those above it.</summary>
    private async Task WithChainAsync(string name) => await File.AppendAllTextAsync(In(name + ".pem"), await File.ReadAllTextAsync(In("cacerts.pem")));
}
