using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.CommonCertificate;

/// <summary>The latest common certificate with its issuing CA and its key. The key stays encrypted in memory until the pack is asked for.</summary>
internal sealed class CommonPack
{
    private const string Owner = "common certificate";

    private readonly KeyProtection _protection;
    private readonly byte[] _root;
    private readonly byte[][] _issuing;
    private readonly byte[] _certificate;
    private readonly byte[] _wrappedKey;

    /// <summary>Reads the pack that the set-up, or the last replacement, has made.</summary>
    /// <exception cref="ConfigurationException">It has not been made.</exception>
    public CommonPack(AuthorityFiles files, KeyProtection protection)
    {
        _protection = protection;
        using var root = files.Root.Load();
        _root = root.RawData;
        var latest = files.Latest(AuthorityFiles.CommonCertificate);
        X509Certificate2[] chain = [.. latest.Files.LoadChain()];
        _certificate = chain[0].RawData;
        _issuing = [.. chain.Skip(1).Select(certificate => certificate.RawData)];
        using var key = IssuingKeys.RequireBelongs(latest.Files.OpenKey(protection.Passphrase), chain[0], latest);
        var pkcs8 = key.ExportPkcs8PrivateKey();
        _wrappedKey = protection.Wrap(pkcs8, Owner);
        CryptographicOperations.ZeroMemory(pkcs8);
        foreach (var certificate in chain)
            certificate.Dispose();
    }

    /// <summary>The pack with its key in clear.</summary>
    public CertificatePack Open() => new(null, _root, _issuing, _certificate, _protection.Unwrap(_wrappedKey, Owner));
}
