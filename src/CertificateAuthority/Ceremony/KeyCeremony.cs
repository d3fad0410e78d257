using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>
/// The set-up: root, issuing CAs, the common certificate, a certificate for every part; later the next generation of one of them. Each step first stores the key, then the certificate, and
/// passes over what is there already: killed anywhere, it is completed by the next run. The root's key is open only for the moment in which it signs an issuing CA.
/// </summary>
internal sealed class KeyCeremony(CeremonyOptions options, AuthorityFiles files, HsmKeys? hsm, OfflineRoot offline, TlsOptions tls, DataDirectory data, TimeProvider time, Action<string> say)
{
    private readonly AuthorityCertificates _certificates = new(options.Organization, time);

    /// <summary>The series that have generations of their own below the root, each with the OU that says what it issues to.</summary>
    public static IReadOnlyDictionary<string, string> IssuingSeries { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [AuthorityFiles.Devices] = PeerIdentity.DevicesUnit,
        [AuthorityFiles.Parts] = PeerIdentity.PartsUnit,
        [AuthorityFiles.Common] = PeerIdentity.CommonUnit,
    };

    /// <summary>Makes what is missing.</summary>
    public void Run()
    {
        // 1. The root: from its offline place, made there the first time.
        offline.RequireApart(data.Path, files.SigningKeyDirectory);
        using var root = TakeRoot();

        // 2. This CA's own wrapping key, the passphrase of the issuing CAs' keys that are files.
        DataDirectory.Open(files.SigningKeyDirectory);
        using var protection = TakeProtection(data.Resolve(tls.WrappingKey), files.Generation(AuthorityFiles.Devices, 1).Files.KeyFile);
        var keys = new IssuingKeys(protection, hsm);

        // 3. One issuing CA for each kind of holder.
        foreach (var series in IssuingSeries.Keys)
        {
            if (files.Generations(series) is not { Count: > 0 } kept)
                TakeIssuing(series, 1, root, keys);
            else
                SayIssuing("kept", series, kept[^1], keys);
        }

        offline.Close();
        KeepPublicIssuing();

        // 4. The certificate that every board gets first.
        if (files.Generations(AuthorityFiles.CommonCertificate).Count == 0)
            MakeCommon(1, keys, protection);
        else
            SayEnd("kept", "common certificate", files.Latest(AuthorityFiles.CommonCertificate).Files);

        // 5. The parts of the factory.
        foreach (var part in options.Parts)
            TakePart(part, root, keys);
    }

    /// <summary>Makes the next generation of an issuing CA, beside the earlier ones. One of this <paramref name="number"/> that is there already is kept.</summary>
    /// <exception cref="ConfigurationException">There is no first one, or one between would be left out.</exception>
    public void RenewIssuing(string series, int? number)
    {
        offline.RequireApart(data.Path, files.SigningKeyDirectory);
        var next = RequireNext(series, number);
        using var root = files.Root.Load();
        using var protection = KeyProtection.Load(data.Resolve(tls.WrappingKey));
        var keys = new IssuingKeys(protection, hsm);
        if (files.Generation(series, next) is { Files.IsComplete: true } kept)
            SayIssuing("kept", series, kept, keys);
        else
            TakeIssuing(series, next, root, keys);
        KeepPublicIssuing();
    }

    /// <summary>Makes the next common certificate; the earlier ones are kept. One of this <paramref name="number"/> that is there already is kept too.</summary>
    /// <exception cref="ConfigurationException">There is no first one, or one between would be left out.</exception>
    public void ReplaceCommon(int? number)
    {
        var next = RequireNext(AuthorityFiles.CommonCertificate, number);
        using var protection = KeyProtection.Load(data.Resolve(tls.WrappingKey));
        if (files.Generation(AuthorityFiles.CommonCertificate, next) is { Files.IsComplete: true } kept)
            SayEnd("kept", "common certificate", kept.Files);
        else
            MakeCommon(next, new IssuingKeys(protection, hsm), protection);
    }

    private int RequireNext(string series, int? number)
    {
        var latest = files.Latest(series).Number;
        var next = number ?? latest + 1;
        return next >= 1 && next <= latest + 1 ? next : throw new ConfigurationException($"The next generation of {series} is {latest + 1}; {next} would leave one out.");
    }

    private X509Certificate2 TakeRoot()
    {
        if (files.Root.IsComplete)
            return Say("kept", "root", files.Root.Load(), files.Root.CertificateFile, null);
        var isKept = offline.IsComplete;
        if (!isKept && files.Generations(AuthorityFiles.Devices).Count > 0)
            throw new ConfigurationException($"{files.Root.CertificateFile} is missing, and so is the root that has made this CA's keys. Put the file back from a copy, or say where the root is: --offline-root DIR.");
        var root = Say(isKept ? "kept" : "made", "root", isKept ? offline.Load() : offline.Create(), offline.CertificateFile, offline.Place);
        KeyFiles.StorePublic(files.Root.CertificateFile, root);
        return root;
    }

    private void TakeIssuing(string series, int number, X509Certificate2 root, IssuingKeys keys)
    {
        var generation = files.Generation(series, number);
        var rootKey = offline.OpenKey(root, $"the issuing CA {generation.Name}");
        using var key = keys.OpenOrCreate(generation, options.IssuingKey);
        using var certificate = _certificates.Issuing(IssuingSeries[series], number, key, root, rootKey, options.IssuingValidity);
        generation.Files.Store(certificate);
        Say("made", $"issuing CA {generation.Name}", certificate, generation.Files.CertificateFile, keys.Place(generation));
    }

    private void MakeCommon(int number, IssuingKeys keys, KeyProtection protection)
    {
        var generation = files.Generation(AuthorityFiles.CommonCertificate, number);
        MakeEnd("common certificate", generation.Files, protection.Passphrase, "Common", "Board", AuthorityFiles.Common, keys, options.CommonValidity, new PartOptions());
    }

    private void TakePart(PartOptions part, X509Certificate2 root, IssuingKeys keys)
    {
        var directory = data.Resolve(part.Directory);
        DataDirectory.Open(directory);
        var pair = new KeyFiles(Path.Combine(directory, "tls.pem"), Path.Combine(directory, "tls.key"));
        using var own = TakeProtection(Path.Combine(directory, "wrap.key"), pair.KeyFile);
        var what = $"{part.Role} {part.Name}";
        if (pair.IsComplete)
            SayEnd("kept", what, pair);
        else
            MakeEnd(what, pair, own.Passphrase, part.Name, part.Role.ToString(), AuthorityFiles.Parts, keys, options.PartValidity, part);
        var rootFile = Path.Combine(directory, "root.pem");
        if (!File.Exists(rootFile))
            KeyFiles.StorePublic(rootFile, root);
    }

    private void MakeEnd(string what, KeyFiles pair, string passphrase, string name, string unit, string issuerSeries, IssuingKeys keys, TimeSpan validity, PartOptions reachedBy)
    {
        var issuing = files.Latest(issuerSeries);
        using var issuer = issuing.Files.Load();
        using var issuerKey = keys.Open(issuing, issuer);
        using var key = pair.OpenOrCreateKey(passphrase);
        using var certificate = _certificates.End(name, unit, key, issuer, issuerKey, validity, reachedBy.DnsNames, reachedBy.Addresses);
        pair.Store(certificate, issuer);
        Say("made", what, certificate, pair.CertificateFile, pair.KeyFile);
    }

    /// <summary>Everybody who verifies devices' certificates finds all generations in one file.</summary>
    private void KeepPublicIssuing()
    {
        var certificates = files.Generations(AuthorityFiles.Devices).Select(generation => generation.Files.Load()).ToList();
        var pem = string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));
        if (!File.Exists(files.DevicesIssuingPublic) || File.ReadAllText(files.DevicesIssuingPublic) != pem)
            KeyFiles.StorePublic(files.DevicesIssuingPublic, certificates);
        certificates.ForEach(certificate => certificate.Dispose());
    }

    /// <summary>A wrapping key is made once: where <paramref name="encrypted"/> is encrypted under one that is gone, a new one would only hide the loss.</summary>
    private static KeyProtection TakeProtection(string file, string encrypted) => File.Exists(file) || !File.Exists(encrypted)
        ? KeyProtection.LoadOrCreate(file)
        : throw new ConfigurationException($"The wrapping key {file} is missing, and {encrypted} is encrypted under it. Put it back from a copy.");

    private void SayIssuing(string verb, string series, KeyGeneration generation, IssuingKeys keys)
    {
        using var certificate = generation.Files.Load();
        Say(verb, $"issuing CA {series}", certificate, generation.Files.CertificateFile, keys.Place(generation));
    }

    private void SayEnd(string verb, string what, KeyFiles pair)
    {
        using var certificate = pair.Load();
        Say(verb, what, certificate, pair.CertificateFile, pair.KeyFile);
    }

    private X509Certificate2 Say(string verb, string what, X509Certificate2 certificate, string file, string? key)
    {
        say($"{verb}  {what,-32} SHA-256 {Fingerprint.Of(certificate.RawData)}  valid to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}  {file}{(key is null ? string.Empty : "  key: " + key)}");
        return certificate;
    }
}
