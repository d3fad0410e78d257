using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.CommonCertificate;

/// <summary>The common certificate with its issuing CA and its key. The key stays encrypted in memory until the pack is asked for.</summary>
internal sealed class CommonPack
{
    private const string Owner = "common certificate";

    private readonly KeyProtection _protection;
    private readonly byte[] _root;
    private readonly byte[] _issuing;
    private readonly byte[] _certificate;
    private readonly byte[] _wrappedKey;

    /// <summary>Reads the pack that the set-up has made.</summary>
    /// <exception cref="ConfigurationException">It has not been made.</exception>
    public CommonPack(AuthorityFiles files, KeyProtection protection)
    {
        _protection = protection;
        _root = files.Root.Load().RawData;
        _issuing = files.CommonIssuing.Load().RawData;
        using var certificate = files.CommonCertificate.Load();
        using var key = files.CommonCertificate.OpenKey(protection.Passphrase);
        _certificate = certificate.RawData;
        var pkcs8 = key.ExportPkcs8PrivateKey();
        _wrappedKey = protection.Wrap(pkcs8, Owner);
        CryptographicOperations.ZeroMemory(pkcs8);
    }

    /// <summary>The pack with its key in clear.</summary>
    public CertificatePack Open() => new(null, _root, [_issuing], _certificate, _protection.Unwrap(_wrappedKey, Owner));
}
