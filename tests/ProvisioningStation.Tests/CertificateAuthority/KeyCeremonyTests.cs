using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;
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

    private string[] Arguments => ["--config", RunningAuthority.Configuration, "--data", Data];

    private string[] Passphrase => RootPassphraseFile.Make(_directory);

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
    public void RootsKey_OpensOnlyWithItsPassphrase()
    {
        Run();
        var file = Path.Combine(_directory, "offline-root", "root.key");
        using var key = ECDsa.Create();
        key.ImportFromEncryptedPem(File.ReadAllText(file), RootPassphraseFile.Passphrase);
        using var root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Data, "root.pem"));
        Assert.Equal(root.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        Assert.Equal(["root.key", "root.pem"], Directory.GetFiles(Path.Combine(_directory, "offline-root")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(600_000, Iterations(file));
        File.WriteAllText(Passphrase[1], "another one, and long\n");
        File.Delete(Path.Combine(Data, "signing-keys", "parts.pem"));
        var error = Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run([.. Arguments, "--root-passphrase-file", Path.Combine(_directory, "root-passphrase")]));
        Assert.Contains("does not open", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificate-authority")]
    [InlineData("certificate-authority/signing-keys/root")]
    public void RootsKeyOnTheCasDisk_IsRefused(string place)
    {
        var error = Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run([.. Arguments, .. Passphrase, "--offline-root", Path.Combine(_directory, place)]));
        Assert.Contains("--offline-root DIR", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory, "root.key", SearchOption.AllDirectories));
    }

    [Fact]
    public void RootsKeyBehindALinkToTheCasDisk_IsRefused()
    {
        var link = Path.Combine(_directory, "stick");
        Directory.CreateDirectory(Data);
        Directory.CreateSymbolicLink(link, Data);
        Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run([.. Arguments, .. Passphrase, "--offline-root", Path.Combine(link, "root")]));
    }

    [Fact]
    public void PassphraseBesideTheKey_IsRefusedUnlessItIsADemonstration()
    {
        var stick = Directory.CreateDirectory(Path.Combine(_directory, "stick")).FullName;
        string[] arguments = [.. Arguments, .. RootPassphraseFile.Make(stick), "--offline-root", stick];
        Assert.Contains("beside the key", Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run(arguments)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(stick, "root.key")));
        CeremonyCommand.Run([.. arguments, "--Ceremony:Demonstration=true"]);
        Assert.True(File.Exists(Path.Combine(stick, "root.key")));
    }

    [Fact]
    public void MissingReadableOrShortPassphrase_IsRefused()
    {
        Assert.Contains("--root-passphrase-file FILE", Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run(Arguments)).Message, StringComparison.Ordinal);
        string[] arguments = [.. Arguments, .. Passphrase];
        File.WriteAllText(arguments[^1], "too short");
        Assert.Contains("fewer than 12", Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run(arguments)).Message, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(arguments[^1], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run(arguments)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Protocol_SaysWhoAndWhatAndIsAppendedTo()
    {
        CeremonyCommand.Run([.. Arguments, .. Passphrase, "--operator", "A. Keyholder", "--operator", "B. Witness"]);
        var file = Path.Combine(Data, "ceremony-protocol.txt");
        var first = File.ReadAllText(file);
        Assert.Contains("A. Keyholder; B. Witness", first, StringComparison.Ordinal);
        using var root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Data, "root.pem"));
        Assert.Contains(root.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), first, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_directory, "offline-root", "root.key"), first, StringComparison.Ordinal);
        Assert.Contains(Environment.MachineName, first, StringComparison.Ordinal);
        Assert.DoesNotContain(RootPassphraseFile.Passphrase, first, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(Path.Combine(Data, "wrap.key")).Trim(), first, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => CeremonyCommand.RenewIssuing([.. Arguments, "devices", "--generation", "7"]));
        var second = File.ReadAllText(file);
        Assert.StartsWith(first, second, StringComparison.Ordinal);
        Assert.Contains("broken off", second[first.Length..], StringComparison.Ordinal);
    }

    [Fact]
    public void ASecondCeremonyAtTheSameTime_IsRefused()
    {
        CeremonyCommand.Run([.. Arguments, .. Passphrase]);
        using var running = CeremonyProtocol.Open(Path.Combine(Data, "ceremony-protocol.txt"), TimeProvider.System);
        Assert.Contains("Another ceremony", Assert.Throws<ConfigurationException>(() => CeremonyCommand.Run([.. Arguments, .. Passphrase])).Message, StringComparison.Ordinal);
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
        CeremonyCommand.Run([.. arguments, .. Passphrase]);
        var database = Path.Combine(Data, "certificate-authority.db");
        File.Delete(database);
        if (emptied)
            File.WriteAllBytes(database, []);
        CeremonyCommand.Run([.. arguments, .. Passphrase]);
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
        using var offline = new OfflineRoot(Path.Combine(_directory, "offline-root"), Passphrase[1], Options, new AuthorityCertificates(Options.Organization, TimeProvider.System));
        new KeyCeremony(Options, new AuthorityFiles(data, new SigningKeyOptions()), null, offline, new TlsOptions(), data, TimeProvider.System, line =>
        {
            if (said.Count == stopAfter)
                throw new TimeoutException("the power went");
            said.Add(line);
        }).Run();
        return said;
    }

    /// <summary>The iterations of PBKDF2, from the EncryptedPrivateKeyInfo (RFC 8018, A.2 and A.4).</summary>
    private static int Iterations(string pemFile)
    {
        var text = File.ReadAllText(pemFile);
        var reader = new AsnReader(Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]), AsnEncodingRules.BER).ReadSequence().ReadSequence();
        Assert.Equal("1.2.840.113549.1.5.13", reader.ReadObjectIdentifier());
        var derivation = reader.ReadSequence().ReadSequence();
        Assert.Equal("1.2.840.113549.1.5.12", derivation.ReadObjectIdentifier());
        var parameters = derivation.ReadSequence();
        parameters.ReadOctetString();
        return (int)parameters.ReadInteger();
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
