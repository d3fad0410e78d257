using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Issuing CAs and the common certificate are renewed beside the earlier generation, which goes on.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private static readonly string[] Demonstration = ["--Ceremony:Demonstration=true"];

    private RunningAuthority _ca = null!;

    private string SigningKeys => Path.Combine(_ca.Data, "signing-keys");

    public async Task InitializeAsync() => _ca = await StartAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Renewed_NewCertificatesAreSignedByTheNewGenerationAndAllVerify()
    {
        var before = (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1))).Single();
        await RenewAsync("devices", SigningKeyAlgorithm.EcP384);
        var after = (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 2, 1))).Single();
        Assert.Equal(("Devices Issuing CA", "1.2.840.10045.4.3.2"), IssuerOf(before));
        Assert.Equal(("Devices Issuing CA 2", "1.2.840.10045.4.3.3"), IssuerOf(after));
        using var terminal = _ca.Identity("communication-terminal");
        foreach (var pack in new[] { before, after })
            Assert.Equal(new PeerIdentity(Role.Device, pack.MachineNumber!.Value.ToString(), pack.Fingerprint), Verify(pack, terminal.Root));
        Assert.Equal([1, 2], Column<int>("SELECT number FROM issuing_ca ORDER BY number"));
        Assert.Equal([1, 2], Column<int>("SELECT issuer FROM certificate ORDER BY id"));
        Assert.Equal(2, Column<string>("SELECT subject FROM audit_event WHERE action = 'IssuingCaAdded'").Count);
        var published = new X509Certificate2Collection();
        published.ImportFromPemFile(Path.Combine(_ca.Data, "devices-issuing.pem"));
        Assert.Equal(2, published.Count);
    }

    [Fact]
    public async Task ReservedUnderTheEarlierGeneration_IsSignedByIt()
    {
        var (id, number) = (RequestId.New(), Numbers("3012", 1, 1));
        var order = new IssuanceOrder(id, OrderKind.Issue, "F1", number);
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(number, DateTimeOffset.UtcNow);
        await _ca.Services.GetRequiredService<IssuanceStore>().ReserveAsync(order, made, CancellationToken.None);
        await RenewAsync("devices", SigningKeyAlgorithm.Rsa3072);
        Assert.Equal("Devices Issuing CA", IssuerOf((await _ca.IssueAsync(id, number)).Single()).Name);
        Assert.Equal(("Devices Issuing CA 2", "1.2.840.113549.1.1.11"), IssuerOf(await _ca.ReissueAsync(RequestId.New(), number[0])));
    }

    [Fact]
    public async Task RenewalOfANamedGeneration_IsDoneOnceHoweverOftenItIsAsked()
    {
        await RenewAsync("devices", SigningKeyAlgorithm.EcP256, "--generation", "2");
        var made = File.ReadAllText(Path.Combine(SigningKeys, "devices-2.pem"));
        await RenewAsync("devices", SigningKeyAlgorithm.EcP256, "--generation", "2");
        Assert.Equal(made, File.ReadAllText(Path.Combine(SigningKeys, "devices-2.pem")));
        Assert.False(File.Exists(Path.Combine(SigningKeys, "devices-3.pem")));
    }

    [Fact]
    public void RenewalCutOffBehindTheKey_GoesOnWithThatKey()
    {
        Renew("devices");
        var file = Path.Combine(SigningKeys, "devices-2.pem");
        using var first = X509CertificateLoader.LoadCertificateFromFile(file);
        File.Delete(file);
        Renew("devices");
        using var second = X509CertificateLoader.LoadCertificateFromFile(file);
        Assert.Equal(first.PublicKey.ExportSubjectPublicKeyInfo(), second.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task GenerationWithCertificatesIsMissing_TheServiceDoesNotStart()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        await RenewAsync("devices", SigningKeyAlgorithm.EcP256);
        File.Move(Path.Combine(SigningKeys, "devices.pem"), Path.Combine(SigningKeys, "away"));
        var error = await Assert.ThrowsAsync<ConfigurationException>(_ca.StartAgainAsync);
        Assert.Contains("devices.pem is missing", error.Message, StringComparison.Ordinal);
        File.Move(Path.Combine(SigningKeys, "away"), Path.Combine(SigningKeys, "devices.pem"));
        await _ca.StartAgainAsync();
    }

    [Fact]
    public async Task GenerationWasExchanged_TheServiceDoesNotStart()
    {
        await RenewAsync("devices", SigningKeyAlgorithm.EcP256);
        foreach (var end in new[] { ".pem", ".key" })
        {
            File.Move(Path.Combine(SigningKeys, "devices" + end), Path.Combine(SigningKeys, "away" + end));
            File.Copy(Path.Combine(SigningKeys, "devices-2" + end), Path.Combine(SigningKeys, "devices" + end));
        }

        Assert.Contains("exchanged", (await Assert.ThrowsAsync<ConfigurationException>(_ca.StartAgainAsync)).Message, StringComparison.Ordinal);
        foreach (var end in new[] { ".pem", ".key" })
            File.Move(Path.Combine(SigningKeys, "away" + end), Path.Combine(SigningKeys, "devices" + end), overwrite: true);
        await _ca.StartAgainAsync();
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsRefused()
    {
        File.Copy(Path.Combine(SigningKeys, "parts.key"), Path.Combine(SigningKeys, "devices.key"), overwrite: true);
        var error = Assert.Throws<ConfigurationException>(() => ProvisioningStation.CertificateAuthority.CertificateAuthorityApp.Build(_ca.Arguments()));
        Assert.Contains("does not belong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartsRenewed_EarlierAndNewPartsBothConnect()
    {
        await RenewAsync("parts", SigningKeyAlgorithm.Rsa3072);
        CeremonyCommand.Run([.. _ca.Arguments(), .. Demonstration, "--Ceremony:Parts:1:Directory=../second-terminal"]);
        using (var second = _ca.Identity("second-terminal"))
            Assert.Equal("Parts Issuing CA 2", second.Context.IntermediateCertificates[0].GetNameInfo(X509NameType.SimpleName, false));
        foreach (var part in new[] { "communication-terminal", "second-terminal" })
        {
            var answered = await _ca.Client(part).CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()), CancellationToken.None);
            Assert.NotNull(answered.CertificatePack.PrivateKey);
        }
    }

    [Fact]
    public async Task CommonReplaced_IsServedAfterTheRestartAndTheEarlierIsKnownAsReplaced()
    {
        var first = (await CommonAsync()).Fingerprint;
        Renew("common");
        CeremonyCommand.ReplaceCommon(_ca.Arguments());
        Assert.Equal(first, (await CommonAsync()).Fingerprint);
        await _ca.StartAgainAsync();
        var second = await CommonAsync();
        Assert.NotEqual(first, second.Fingerprint);
        using var terminal = _ca.Identity("communication-terminal");
        Assert.Equal(Role.Board, Verify(second, terminal.Root)!.Role);
        Assert.Equal("Common Issuing CA 2", IssuerOf(second).Name);
        using var certificate = X509CertificateLoader.LoadCertificate(second.ClientCertificate);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(second.PrivateKey, out _);
        Assert.Equal(certificate.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        Assert.Equal([1], Column<int>("SELECT number FROM common_certificate WHERE replaced_at IS NOT NULL"));
        Assert.Equal(Column<string>("SELECT serial_number FROM common_certificate WHERE number = 1"), Column<string>("SELECT subject FROM audit_event WHERE action = 'CommonCertificateReplaced'"));
    }

    [Theory]
    [InlineData("Allowed: devices, parts, common", "boards")]
    [InlineData("would leave one out", "devices", "--generation", "4")]
    [InlineData("takes a number", "devices", "--generation", "x")]
    [InlineData("takes the issuing CA", "devices", "parts")]
    public void RenewalOfWhatIsNot_IsRefused(string said, params string[] arguments) =>
        Assert.Contains(said, Assert.Throws<ConfigurationException>(() => CeremonyCommand.RenewIssuing([.. _ca.Arguments(), .. Demonstration, .. arguments])).Message, StringComparison.Ordinal);

    [Fact]
    public void RenewalWithAnotherRootsKey_IsRefused()
    {
        var other = Path.Combine(_ca.Directory, "other");
        CeremonyCommand.Run(["--config", RunningAuthority.Configuration, "--data", Path.Combine(other, "certificate-authority"), .. Demonstration]);
        var error = Assert.Throws<ConfigurationException>(() => Renew("devices", "--offline-root", Path.Combine(other, "offline-root")));
        Assert.Contains("another root", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(SigningKeys, "devices-2.pem")));
    }

    private async Task RenewAsync(string series, SigningKeyAlgorithm algorithm, params string[] more)
    {
        Renew(series, [$"--Ceremony:IssuingKey={algorithm}", .. more]);
        await _ca.StartAgainAsync();
    }

    private void Renew(string series, params string[] more) => CeremonyCommand.RenewIssuing([series, .. _ca.Arguments(), .. Demonstration, .. more]);

    private async Task<CertificatePack> CommonAsync() =>
        (await _ca.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(RequestId.New()))).CertificatePack;

    private List<T> Column<T>(string sql) => _ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<T>(sql).ToList());

    private static (string Name, string Algorithm) IssuerOf(CertificatePack pack)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        return (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true), certificate.SignatureAlgorithm.Value!);
    }

    private static PeerIdentity? Verify(CertificatePack pack, X509Certificate2 root)
    {
        using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForClients(root) };
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        chain.ChainPolicy.ExtraStore.AddRange(pack.IssuingCertificates.Select(der => X509CertificateLoader.LoadCertificate(der)).ToArray());
        Assert.True(chain.Build(certificate));
        return PeerIdentity.FromVerifiedChain(chain);
    }
}
