using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>
/// The set-up: root, issuing CAs, the common certificate, a certificate for every part. Each step first stores the key, then the certificate, and passes over what is there
/// already: killed anywhere, it is completed by the next run. The root's key leaves its directory only for the moment in which it signs an issuing CA.
/// </summary>
internal sealed class KeyCeremony(CeremonyOptions options, AuthorityFiles files, TlsOptions tls, DataDirectory data, TimeProvider time, Action<string> say)
{
    private readonly AuthorityCertificates _certificates = new(options.Organization, time);
    private readonly KeyFiles _offlineRoot = InDirectory(data.Resolve(options.OfflineRootDirectory), "root.pem", "root.key");

    /// <summary>Makes what is missing.</summary>
    public void Run()
    {
        // 1. The root: from its offline place, made there the first time.
        using var root = TakeRoot();

        // 2. This CA's own wrapping key, the passphrase of the issuing CAs' keys.
        DataDirectory.Open(files.SigningKeyDirectory);
        using var protection = TakeProtection(data.Resolve(tls.WrappingKey), files.DevicesIssuing.KeyFile);

        // 3. One issuing CA for each kind of holder.
        using var devices = TakeIssuing(PeerIdentity.DevicesUnit, files.DevicesIssuing, root, protection);
        using var parts = TakeIssuing(PeerIdentity.PartsUnit, files.PartsIssuing, root, protection);
        using var common = TakeIssuing(PeerIdentity.CommonUnit, files.CommonIssuing, root, protection);
        if (!File.Exists(files.DevicesIssuingPublic))
            KeyFiles.StorePublic(files.DevicesIssuingPublic, devices);

        // 4. The certificate that every board gets first.
        TakeEnd("common certificate", files.CommonCertificate, protection.Passphrase, "Common", "Board", common, files.CommonIssuing, protection, options.CommonValidity, new PartOptions());

        // 5. The parts of the factory.
        foreach (var part in options.Parts)
            TakePart(part, root, parts, protection);
    }

    private X509Certificate2 TakeRoot()
    {
        if (files.Root.IsComplete)
            return Say("kept", "root", files.Root.Load(), files.Root.CertificateFile);
        X509Certificate2 root;
        if (_offlineRoot.IsComplete)
        {
            root = Say("kept", "root", _offlineRoot.Load(), _offlineRoot.CertificateFile);
        }
        else
        {
            using var protection = OpenOfflineProtection(create: true);
            using var key = _offlineRoot.OpenOrCreateKey(protection.Passphrase);
            root = _certificates.Root(key, options.RootValidity);
            _offlineRoot.Store(root);
            Say("made", "root", root, _offlineRoot.CertificateFile);
        }

        KeyFiles.StorePublic(files.Root.CertificateFile, root);
        return root;
    }

    private X509Certificate2 TakeIssuing(string unit, KeyFiles pair, X509Certificate2 root, KeyProtection protection)
    {
        if (pair.IsComplete)
            return Say("kept", $"issuing CA {unit}", pair.Load(), pair.CertificateFile);
        if (!File.Exists(_offlineRoot.KeyFile))
            throw new ConfigurationException($"The root's key {_offlineRoot.KeyFile} is needed to make the issuing CA {unit}. Bring its directory back, or correct Ceremony:OfflineRootDirectory.");
        using var offline = OpenOfflineProtection(create: false);
        using var rootKey = _offlineRoot.OpenKey(offline.Passphrase);
        using var key = pair.OpenOrCreateKey(protection.Passphrase);
        var certificate = _certificates.Issuing(unit, key, root, rootKey, options.IssuingValidity);
        pair.Store(certificate);
        return Say("made", $"issuing CA {unit}", certificate, pair.CertificateFile);
    }

    private void TakePart(PartOptions part, X509Certificate2 root, X509Certificate2 issuer, KeyProtection protection)
    {
        var directory = data.Resolve(part.Directory);
        DataDirectory.Open(directory);
        using var own = TakeProtection(Path.Combine(directory, "wrap.key"), Path.Combine(directory, "tls.key"));
        TakeEnd($"{part.Role} {part.Name}", InDirectory(directory, "tls.pem", "tls.key"), own.Passphrase, part.Name, part.Role.ToString(), issuer, files.PartsIssuing, protection, options.PartValidity, part);
        var rootFile = Path.Combine(directory, "root.pem");
        if (!File.Exists(rootFile))
            KeyFiles.StorePublic(rootFile, root);
    }

    private void TakeEnd(
        string what,
        KeyFiles pair,
        string passphrase,
        string name,
        string unit,
        X509Certificate2 issuer,
        KeyFiles issuerPair,
        KeyProtection protection,
        TimeSpan validity,
        PartOptions reachedBy)
    {
        if (pair.IsComplete)
        {
            using var kept = Say("kept", what, pair.Load(), pair.CertificateFile);
            return;
        }

        using var issuerKey = issuerPair.OpenKey(protection.Passphrase);
        using var key = pair.OpenOrCreateKey(passphrase);
        using var certificate = _certificates.End(name, unit, key, issuer, issuerKey, validity, reachedBy.DnsNames, reachedBy.Addresses);
        pair.Store(certificate, issuer);
        Say("made", what, certificate, pair.CertificateFile);
    }

    /// <summary>A wrapping key is made once: where <paramref name="encrypted"/> is encrypted under one that is gone, a new one would only hide the loss.</summary>
    private static KeyProtection TakeProtection(string file, string encrypted) => File.Exists(file) || !File.Exists(encrypted)
        ? KeyProtection.LoadOrCreate(file)
        : throw new ConfigurationException($"The wrapping key {file} is missing, and {encrypted} is encrypted under it. Put it back from a copy.");

    private KeyProtection OpenOfflineProtection(bool create)
    {
        var directory = DataDirectory.Open(data.Resolve(options.OfflineRootDirectory)).Path;
        var file = Path.Combine(directory, "passphrase");
        return create ? KeyProtection.LoadOrCreate(file) : KeyProtection.Load(file);
    }

    private X509Certificate2 Say(string verb, string what, X509Certificate2 certificate, string file)
    {
        say($"{verb}  {what,-32} SHA-256 {Fingerprint.Of(certificate.RawData)}  valid to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}  {file}");
        return certificate;
    }

    private static KeyFiles InDirectory(string directory, string certificate, string key) => new(Path.Combine(directory, certificate), Path.Combine(directory, key));
}
