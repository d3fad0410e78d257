using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Tests.Board;

/// <summary>A root with the three issuing CAs of this system, as small as tests of board and station need it.</summary>
internal sealed class BoardTestPki
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset To = DateTimeOffset.UtcNow.AddYears(5);

    private readonly X509Certificate2 _parts;
    private readonly X509Certificate2 _devices;
    private readonly X509Certificate2 _common;

    public BoardTestPki()
    {
        Root = Authority("Root", null);
        _parts = Authority(PeerIdentity.PartsUnit, Root);
        _devices = Authority(PeerIdentity.DevicesUnit, Root);
        _common = Authority(PeerIdentity.CommonUnit, Root);
        CommonPack = Pack(null, _common, "CN=common, OU=Common");
    }

    public X509Certificate2 Root { get; }

    public CertificatePack CommonPack { get => Copy(field); }

    public CertificatePack DevicePack(string number) =>
        Pack(MachineNumber.Parse(number), _devices, $"CN={number}, SERIALNUMBER={number}, OU={number[..4]}");

    public TlsIdentity Part(Role role, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TlsIdentity(Leaf(key, _parts, $"CN={name}, OU={role}").CopyWithPrivateKey(key), [_parts], Root);
    }

    public TlsIdentity CommonIdentity() => Identity(CommonPack, _common);

    public TlsIdentity DeviceIdentity(string number) => Identity(DevicePack(number), _devices);

    /// <summary>The four files that the CA's set-up gives to a part.</summary>
    public void WritePart(string directory, Role role, string name)
    {
        using var protection = KeyProtection.LoadOrCreate(Path.Combine(directory, "wrap.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        File.WriteAllText(Path.Combine(directory, "tls.key"), key.ExportEncryptedPkcs8PrivateKeyPem(protection.Passphrase, parameters));
        File.WriteAllText(Path.Combine(directory, "tls.pem"), Leaf(key, _parts, $"CN={name}, OU={role}").ExportCertificatePem() + "\n" + _parts.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(directory, "root.pem"), Root.ExportCertificatePem() + "\n");
    }

    private static CertificatePack Copy(CertificatePack pack) => pack with { PrivateKey = (byte[])pack.PrivateKey!.Clone() };

    private TlsIdentity Identity(CertificatePack pack, X509Certificate2 issuer)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
        return new TlsIdentity(X509CertificateLoader.LoadCertificate(pack.ClientCertificate).CopyWithPrivateKey(key), [issuer], Root);
    }

    private CertificatePack Pack(MachineNumber? number, X509Certificate2 issuer, string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificatePack(number, Root.RawData, [issuer.RawData], Leaf(key, issuer, subject).RawData, key.ExportPkcs8PrivateKey());
    }

    private static X509Certificate2 Authority(string unit, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={unit} {Guid.NewGuid():N}, OU={unit}, O=Test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return issuer is null
            ? request.CreateSelfSigned(From, To.AddDays(1))
            : request.Create(issuer, From, To, RandomNumberGenerator.GetBytes(16)).CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Leaf(ECDsa key, X509Certificate2 issuer, string subject)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        return request.Create(issuer, From, To, RandomNumberGenerator.GetBytes(16));
    }
}
