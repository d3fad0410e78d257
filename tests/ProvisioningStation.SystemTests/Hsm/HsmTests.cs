using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Hsm;

/// <summary>The whole CA with its issuing keys in an HSM (SoftHSM): ceremony, service, renewal, each as a process, its certificates verified by openssl.</summary>
public sealed class HsmTests : IDisposable
{
    private const string Module = "/usr/lib/softhsm/libsofthsm2.so";
    private const string Engine = "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so";
    private const string Pin = "48151623";

    private readonly string _directory = Directory.CreateTempSubdirectory("hsm-").FullName;

    private string Data => Path.Combine(_directory, "certificate-authority");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [FactNeeds(Module, Engine, "pkcs11-tool", "softhsm2-util", "openssl")]
    public async Task KeysInTheHsm_TheWholeIssueWorksAndNoKeyLeavesIt()
    {
        await MakeTokenAsync();

        // 1. The ceremony makes the issuing CAs' keys inside the token, once.
        var said = await InitAsync();
        Assert.Contains("HSM token 'factory ca', object 'devices'", said, StringComparison.Ordinal);
        Assert.StartsWith("kept  root", await InitAsync(), StringComparison.Ordinal);
        Assert.Equal(["common-certificate.key"], Directory.GetFiles(Path.Combine(Data, "signing-keys"), "*.key").Select(Path.GetFileName));

        // 2. The service signs with it.
        var pack = await IssueAsync("3012-000001");
        await RequireVerifiedAsync(pack, "Devices Issuing CA");

        // 3. A renewal makes a key beside it, of another kind; both sign what is theirs.
        var renewed = await RunAsync(["renew-issuing", "devices", .. Ceremony, "--Ceremony:IssuingKey=Rsa3072"]);
        Assert.Contains("object 'devices-2'", renewed, StringComparison.Ordinal);
        await RequireVerifiedAsync(await IssueAsync("3012-000002"), "Devices Issuing CA 2");
        await RequireVerifiedAsync(pack, "Devices Issuing CA");

        // 4. Neither the PIN nor a key stands anywhere but in the PIN's file and the token.
        var files = Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(Path.Combine(_directory, "tokens"), StringComparison.Ordinal));
        Assert.Equal([Path.Combine(Data, "hsm.pin")], files.Where(file => File.ReadAllText(file).Contains(Pin, StringComparison.Ordinal)));
    }

    [FactNeeds(Module, Engine, "pkcs11-tool", "softhsm2-util")]
    public async Task WrongPinOrTokenGone_IsSaidInOneLine()
    {
        await MakeTokenAsync();
        await InitAsync();
        WritePin("00000000");
        var (code, _, error) = await StartAndReadAsync(Service);
        Assert.Equal(1, code);
        Assert.Contains("can't be opened in the HSM", error, StringComparison.Ordinal);
        Assert.DoesNotContain("00000000", error, StringComparison.Ordinal);
        (code, _, error) = await StartAndReadAsync(["renew-issuing", "devices", .. Ceremony]);
        Assert.Equal(1, code);
        Assert.Contains("CKR_PIN_INCORRECT", error, StringComparison.Ordinal);
        WritePin(Pin);
        (code, _, error) = await StartAndReadAsync([.. Service, "--Hsm:Token=another"]);
        Assert.Equal(1, code);
        Assert.Contains("token 'another'", error, StringComparison.Ordinal);
        File.SetUnixFileMode(Path.Combine(Data, "hsm.pin"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        (_, _, error) = await StartAndReadAsync(Service);
        Assert.Contains("chmod 600", error, StringComparison.Ordinal);
    }

    private string[] Common =>
        ["--config", Path.Combine(Repository.Root, "station-config", "certificate-authority.json"), "--data", Data, $"--Hsm:Module={Module}", "--Hsm:Token=factory ca", "--Hsm:PinFile=hsm.pin"];

    private string[] Ceremony => [.. Common, "--Ceremony:Demonstration=true"];

    private string[] Service => [.. Common, "--Listen:Port=0", "--PublicListen:Port=0", "--Quotas:Required=false"];

    private async Task MakeTokenAsync()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "tokens"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "softhsm2.conf"), $"directories.tokendir = {_directory}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        var (code, output, error) = await ReadAsync(Start("softhsm2-util", ["--init-token", "--free", "--label", "factory ca", "--pin", Pin, "--so-pin", "31415926"]));
        Assert.True(code == 0, output + error);
        DataDirectory.Open(Data);
        WritePin(Pin);
    }

    private void WritePin(string pin) => DurableFile.Write(Path.Combine(Data, "hsm.pin"), System.Text.Encoding.ASCII.GetBytes(pin + "\n"));

    private Task<string> InitAsync() => RunAsync(["init", .. Ceremony]);

    private async Task<string> RunAsync(string[] arguments)
    {
        var (code, output, error) = await StartAndReadAsync(arguments);
        Assert.True(code == 0, output + error);
        return output;
    }

    private Task<(int Code, string Output, string Error)> StartAndReadAsync(string[] arguments) => ReadAsync(StartProgram(arguments));

    private static async Task<(int Code, string Output, string Error)> ReadAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
            return (process.ExitCode, await output, await error);
        }
    }

    private Process StartProgram(string[] arguments) => Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "ProvisioningStation.CertificateAuthority.dll"), .. arguments]);

    private Process Start(string command, string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["SOFTHSM2_CONF"] = Path.Combine(_directory, "softhsm2.conf");
        return Process.Start(start)!;
    }

    /// <summary>Starts the service, has it issue one certificate, and ends it.</summary>
    private async Task<CertificatePack> IssueAsync(string number)
    {
        using var service = StartProgram([.. Service, "--stop-on-stdin-end"]);
        var errors = service.StandardError.ReadToEndAsync();
        try
        {
            string? line;
            while ((line = await service.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1))) is not null && !line.Contains("ready on", StringComparison.Ordinal))
            {
                // Only its address matters.
            }

            if (line is null)
                Assert.Fail($"The service did not start: {await errors}");
            _ = service.StandardOutput.ReadToEndAsync();
            var address = line.Split("ready on ")[1].Split(", ").Single(url => url.StartsWith("https", StringComparison.Ordinal));
            using var terminal = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Path.Combine(_directory, "communication-terminal")));
            using var http = new HttpClient(terminal.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = new Uri(address) };
            var packs = new List<CertificatePack>();
            await new SoapClient(http, ErrorCode.CaUnavailable).CallAsync(
                new IssueCertificatesRequest(RequestId.New(), [MachineNumber.Parse(number)]),
                IssueCertificatesResponse.Schema.Name,
                reader => IssueCertificatesResponse.ReadEach(reader, packs.Add),
                CancellationToken.None);
            return packs.Single();
        }
        finally
        {
            service.StandardInput.Close();
            if (!service.WaitForExit(TimeSpan.FromSeconds(30)))
                service.Kill();
        }
    }

    private async Task RequireVerifiedAsync(CertificatePack pack, string issuer)
    {
        var (leaf, issuing) = (Path.Combine(_directory, "leaf.pem"), Path.Combine(_directory, "issuing.pem"));
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        using var above = X509CertificateLoader.LoadCertificate(pack.IssuingCertificates[0]);
        Assert.Equal(issuer, certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true));
        await File.WriteAllTextAsync(leaf, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(issuing, above.ExportCertificatePem());
        var said = await Tool.RunOkAsync("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", Path.Combine(Data, "root.pem"), "-untrusted", issuing, leaf);
        Assert.Contains("leaf.pem: OK", said, StringComparison.Ordinal);
    }
}
