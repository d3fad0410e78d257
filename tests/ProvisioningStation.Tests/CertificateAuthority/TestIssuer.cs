using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>An issuing CA for devices in memory, below a root of its own, with the profiles of the sample configuration or others.</summary>
internal sealed class TestIssuer : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("test-issuer-").FullName;
    private readonly AsymmetricAlgorithm _key;

    public TestIssuer(IssuanceOptions? options = null, TimeSpan? issuingValidity = null, SigningKeyAlgorithm algorithm = SigningKeyAlgorithm.EcP256)
    {
        _key = algorithm.Create();
        using var rootKey = algorithm.Create();
        var certificates = new AuthorityCertificates("Example Manufacturing", TimeProvider.System);
        Root = certificates.Root(rootKey, issuingValidity > TimeSpan.FromDays(50 * 365) ? issuingValidity.Value : TimeSpan.FromDays(50 * 365));
        Certificate = certificates.Issuing("Devices", 1, _key, Root, rootKey, issuingValidity ?? TimeSpan.FromDays(40 * 365));
        Ca = new IssuingCa(1, Certificate, Copy);
        Profiles = new CertificateProfiles(options ?? new IssuanceOptions { Organization = "Example Manufacturing", Models = [new ModelOptions { Model = "3012" }] }, new IssuingCas([Ca]));
        Protection = KeyProtection.LoadOrCreate(Path.Combine(_directory, "wrap.key"));
        Packs = new PackMaker(Profiles, Protection, Root.RawData);
    }

    /// <summary>So long that the CAs end at 99991231235959Z.</summary>
    public static TimeSpan NoExpiry { get; } = TimeSpan.FromDays(4_000_000);

    public X509Certificate2 Root { get; }

    public X509Certificate2 Certificate { get; }

    public IssuingCa Ca { get; }

    public CertificateProfiles Profiles { get; }

    public KeyProtection Protection { get; }

    public PackMaker Packs { get; }

    public CertificateRecord Prepare(string machineNumber) => Packs.Prepare([MachineNumber.Parse(machineNumber)], DateTimeOffset.UtcNow).Single();

    public CertificatePack Issue(string machineNumber)
    {
        CertificateRecord[] made = [Prepare(machineNumber)];
        Packs.Check(made);
        Packs.Sign(made);
        return Packs.ToPacks(made).Single();
    }

    private AsymmetricAlgorithm Copy()
    {
        AsymmetricAlgorithm copy = _key is RSA ? RSA.Create() : ECDsa.Create();
        copy.ImportPkcs8PrivateKey(_key.ExportPkcs8PrivateKey(), out _);
        return copy;
    }

    public void Dispose()
    {
        Ca.Dispose();
        _key.Dispose();
        Protection.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
