using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>The set-up: run twice, cut off anywhere, without its offline root.</summary>
public sealed class KeyCeremonyTests : IDisposable
{
    private static readonly CeremonyOptions Options = new()
    {
        Organization = "Example Manufacturing",
        Parts =
        [
            new PartOptions { Role = Role.CertificateAuthority, Name = "CA", Directory = ".", DnsNames = ["localhost"], Addresses = ["127.0.0.1"] },
            new PartOptions { Role = Role.LineStation, Name = "1001", Directory = "../line-1001" },
        ],
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("ceremony-").FullName;

    private string Data => Path.Combine(_directory, "certificate-authority");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void SecondRun_ChangesNothing()
    {
        Run();
        var before = Files();
        var said = Run();
        Assert.Equal(before, Files());
        Assert.All(said, line => Assert.StartsWith("kept", line, StringComparison.Ordinal));
    }

    [Fact]
    public void CutOffAfterEveryStep_IsCompletedByTheNextRun()
    {
        for (var steps = 0; steps < 7; steps++)
        {
            Assert.Throws<TimeoutException>(() => Run(steps));
            if (steps % 2 == 1)
                DropNewestCertificate();
            Run();
            RequireComplete();
            Directory.Delete(_directory, recursive: true);
            Directory.CreateDirectory(_directory);
        }
    }

    [Fact]
    public void EveryMissingCertificate_IsMadeAgainWithItsOwnKey()
    {
        Run();
        foreach (var name in new[] { "signing-keys/common-certificate.pem", "tls.pem", "../line-1001/tls.pem", "../line-1001/root.pem", "devices-issuing.pem", "root.pem" })
        {
            var file = Path.GetFullPath(name, Data);
            File.Delete(file);
            Run();
            Assert.True(File.Exists(file), name);
        }

        RequireComplete();
    }

    [Fact]
    public void OfflineRootTakenAway_IsOnlyMissedByANewIssuingCa()
    {
        Run();
        Directory.Move(Path.Combine(_directory, "offline-root"), Path.Combine(_directory, "safe"));
        File.Delete(Path.Combine(Data, "tls.pem"));
        Run();
        RequireComplete();
        File.Delete(Path.Combine(Data, "signing-keys", "devices.pem"));
        Assert.Contains("root's key", Assert.Throws<ConfigurationException>(() => Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_AreEncryptedAndTheirOwnersOnly()
    {
        var said = Run();
        foreach (var key in Directory.EnumerateFiles(_directory, "*.key", SearchOption.AllDirectories))
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
            if (Path.GetFileName(key) != "wrap.key")
                Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(key), StringComparison.Ordinal);
            else
                Assert.DoesNotContain(said, line => line.Contains(File.ReadAllText(key).Trim(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void IssuingCas_MayOnlyIssueEnds()
    {
        Run();
        foreach (var name in new[] { "devices", "parts", "common" })
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Data, "signing-keys", name + ".pem"));
            var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
            Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        }
    }

    [Fact]
    public void ServiceWithoutKeys_SaysInOneLineWhatToRun()
    {
        var error = Assert.Throws<ConfigurationException>(() => CertificateAuthorityApp.Build(["--config", RunningAuthority.Configuration, "--data", Data]));
        Assert.Contains("CertificateAuthority init --config FILE --data DIR", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LostDatabase_IsSaidAndNeverReplaced(bool emptied)
    {
        string[] arguments = ["--config", RunningAuthority.Configuration, "--data", Data];
        CeremonyCommand.Run(arguments);
        var database = Path.Combine(Data, "certificate-authority.db");
        File.Delete(database);
        if (emptied)
            File.WriteAllBytes(database, []);
        CeremonyCommand.Run(arguments);
        var error = Assert.Throws<ConfigurationException>(() => CertificateAuthorityApp.Build(arguments));
        Assert.Contains("issue numbers a second time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LostWrappingKey_IsSaidAndNeverReplaced()
    {
        Run();
        var file = Path.Combine(Data, "wrap.key");
        File.Delete(file);
        Assert.Contains("Put it back from a copy", Assert.Throws<ConfigurationException>(() => Run()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void PartWithoutARole_IsRefusedWithWhatIsAllowed()
    {
        var error = Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run(
            ["--config", RunningAuthority.Configuration, "--data", Data, "--Ceremony:Parts:0:Role=Board"]));
        Assert.Contains("Allowed: CertificateAuthority", error.Message, StringComparison.Ordinal);
    }

    private List<string> Run(int stopAfter = int.MaxValue)
    {
        var said = new List<string>();
        var data = DataDirectory.Open(Data);
        new KeyCeremony(Options, new AuthorityFiles(data, new SigningKeyOptions()), new TlsOptions(), data, TimeProvider.System, line =>
        {
            if (said.Count == stopAfter)
                throw new TimeoutException("the power went");
            said.Add(line);
        }).Run();
        return said;
    }

    private void DropNewestCertificate() => File.Delete(
        new DirectoryInfo(_directory).EnumerateFiles("*.pem", SearchOption.AllDirectories).OrderByDescending(file => file.LastWriteTimeUtc).First().FullName);

    private void RequireComplete()
    {
        var data = new DataDirectory(Data);
        using var identity = TlsIdentity.Load(new TlsOptions(), data);
        using var station = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Path.Combine(_directory, "line-1001")));
        Assert.Equal(identity.Root.RawData, station.Root.RawData);
        foreach (var leaf in new[] { identity, station })
        {
            using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForClients(identity.Root) };
            chain.ChainPolicy.ExtraStore.AddRange(leaf.Context.IntermediateCertificates.ToArray());
            Assert.True(chain.Build(leaf.Context.TargetCertificate));
        }
    }

    private Dictionary<string, string> Files() =>
        Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal);
}
