using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>
/// A small, whole PKI of the system's shape for tests: one root, the three issuing CAs, and certificates below them. <see cref="Shared"/> is enough for most tests; a second
/// instance is "another CA".
/// </summary>
public sealed class TestPki : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _parts;
    private readonly X509Certificate2 _devices;
    private readonly X509Certificate2 _common;
    private readonly Lazy<CertificatePack> _commonPack;

    public TestPki()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Test root {Guid.NewGuid():N}, O=Test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-5), DateTimeOffset.UtcNow.AddYears(20));
        _parts = Issuing(PeerIdentity.PartsUnit);
        _devices = Issuing(PeerIdentity.DevicesUnit);
        _common = Issuing(PeerIdentity.CommonUnit);
        _commonPack = new Lazy<CertificatePack>(() => Pack(null, _common, "CN=Common certificate, O=Test"));
    }

    public static TestPki Shared { get; } = new();

    public X509Certificate2 Root { get; }

    public X509Certificate2 DevicesIssuing => _devices;

    /// <summary>The common certificate's pack; always the same one.</summary>
    public CertificatePack CommonPack => _commonPack.Value with { PrivateKey = (byte[])_commonPack.Value.PrivateKey!.Clone() };

    /// <summary>A new pack for a machine number, with a key of its own.</summary>
    public CertificatePack DevicePack(MachineNumber number, DateTimeOffset? notAfter = null) =>
        Pack(number, _devices, $"SERIALNUMBER={number}, CN={number}, OU={number.Model}, O=Test", notAfter);

    /// <summary>A pack without a key for the key in a board's certificate request (PKCS#10).</summary>
    public CertificatePack BoardPack(MachineNumber number, byte[] certificateRequest)
    {
        var request = CertificateRequest.LoadSigningRequest(certificateRequest, HashAlgorithmName.SHA256);
        var named = new CertificateRequest(new X500DistinguishedName($"SERIALNUMBER={number}, CN={number}, OU={number.Model}, O=Test"), request.PublicKey, HashAlgorithmName.SHA256);
        named.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        named.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        named.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        using var certificate = named.Create(_devices, DateTimeOffset.UtcNow.AddYears(-3), DateTimeOffset.UtcNow.AddYears(5), RandomNumberGenerator.GetBytes(16));
        return new CertificatePack(number, Root.RawData, [_devices.RawData], certificate.RawData, null);
    }

    /// <inheritdoc cref="DevicePack(MachineNumber, DateTimeOffset?)"/>
    public CertificatePack DevicePack(string number) => DevicePack(MachineNumber.Parse(number));

    /// <inheritdoc cref="Device(MachineNumber, DateTimeOffset?)"/>
    public TlsIdentity Device(string number) => Device(MachineNumber.Parse(number));

    /// <summary>A device certificate with its key, to speak TLS as a board.</summary>
    public TlsIdentity Device(MachineNumber number, DateTimeOffset? notAfter = null) =>
        Identity(Leaf(_devices, $"SERIALNUMBER={number}, CN={number}, O=Test", notAfter), _devices);

    /// <summary>The common certificate, to speak TLS as any board.</summary>
    public TlsIdentity Common()
    {
        var pack = CommonPack;
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        return Identity(certificate.CopyWithPrivateKey(key), _common);
    }

    /// <summary>A part's certificate, to speak TLS as CA, terminal, station … It believes servers of <paramref name="trusting"/>, this PKI by default.</summary>
    public TlsIdentity Part(Role role, string name, DateTimeOffset? notAfter = null, TestPki? trusting = null) =>
        Identity(Leaf(_parts, $"CN={name}, OU={role}, O=Test", notAfter), _parts, trusting);

    /// <summary>Writes what the CA's set-up writes into a part's data directory: wrap.key, tls.key, tls.pem, root.pem.</summary>
    public void WritePart(string directory, Role role, string name)
    {
        DataDirectory.Open(directory);
        using var protection = KeyProtection.LoadOrCreate(Path.Combine(directory, "wrap.key"));
        using var leaf = Leaf(_parts, $"CN={name}, OU={role}, O=Test", null);
        using var key = leaf.GetECDsaPrivateKey()!;
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        File.WriteAllText(Path.Combine(directory, "tls.key"), key.ExportEncryptedPkcs8PrivateKeyPem(protection.Passphrase, parameters));
        File.WriteAllText(Path.Combine(directory, "tls.pem"), leaf.ExportCertificatePem() + "\n" + _parts.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(directory, "root.pem"), Root.ExportCertificatePem() + "\n");
        File.SetUnixFileMode(Path.Combine(directory, "tls.key"), DataDirectory.OwnerOnlyFile);
    }

    public void Dispose()
    {
        Root.Dispose();
        _parts.Dispose();
        _devices.Dispose();
        _common.Dispose();
    }

    private CertificatePack Pack(MachineNumber? number, X509Certificate2 issuer, string subject, DateTimeOffset? notAfter = null)
    {
        using var leaf = Leaf(issuer, subject, notAfter);
        using var key = leaf.GetECDsaPrivateKey()!;
        return new CertificatePack(number, Root.RawData, [issuer.RawData], leaf.RawData, key.ExportPkcs8PrivateKey());
    }

    private TlsIdentity Identity(X509Certificate2 leaf, X509Certificate2 issuer, TestPki? trusting = null) =>
        new(leaf, [X509CertificateLoader.LoadCertificate(issuer.RawData)], X509CertificateLoader.LoadCertificate((trusting ?? this).Root.RawData));

    private X509Certificate2 Issuing(string unit)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Test issuing {unit}, OU={unit}, O=Test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.Create(Root, DateTimeOffset.UtcNow.AddYears(-4), DateTimeOffset.UtcNow.AddYears(15), RandomNumberGenerator.GetBytes(12));
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Leaf(X509Certificate2 issuer, string subject, DateTimeOffset? notAfter)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var end = notAfter ?? DateTimeOffset.UtcNow.AddYears(5);
        var start = DateTimeOffset.UtcNow.AddYears(-3);
        using var certificate = request.Create(issuer, start, end, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
