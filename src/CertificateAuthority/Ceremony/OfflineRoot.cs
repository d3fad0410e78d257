using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>
/// The root's key: in a directory of its own, encrypted with a passphrase that stands elsewhere, and open only while issuing CAs are made. After the ceremony the directory is taken
/// away from the machine.
/// </summary>
internal sealed class OfflineRoot(string directory, string? passphraseFile, CeremonyOptions options, AuthorityCertificates certificates) : IDisposable
{
    private const int DemonstrationKeySize = 24;

    private readonly KeyFiles _files = new(Path.Combine(directory, "root.pem"), Path.Combine(directory, "root.key"));
    private AsymmetricAlgorithm? _key;

    /// <summary>Where the key is.</summary>
    public string KeyFile => _files.KeyFile;

    /// <summary>Where the key is and what protects it, for people.</summary>
    public string Place => $"{KeyFile} (encrypted with {(options.Demonstration && passphraseFile is null ? "a passphrase that stands beside it: a demonstration" : "the root's passphrase")})";

    /// <summary>The file of the root's certificate.</summary>
    public string CertificateFile => _files.CertificateFile;

    /// <summary>Whether the root was made in this directory.</summary>
    public bool IsComplete => _files.IsComplete;

    /// <summary>Refuses places that would defeat the purpose.</summary>
    /// <exception cref="ConfigurationException">The directory stands inside one of <paramref name="online"/>, or the passphrase beside the key.</exception>
    public void RequireApart(params IEnumerable<string> online)
    {
        foreach (var place in online)
        {
            if (IsInside(directory, place))
                throw new ConfigurationException($"The root's key must not stand on the CA's disk: {directory} is inside {place}. Choose a removable place with --offline-root DIR or Ceremony:OfflineRootDirectory.");
        }

        if (!options.Demonstration && passphraseFile is not null and not RootPassphrase.StandardInput && IsInside(passphraseFile, directory))
        {
            throw new ConfigurationException(
                $"The passphrase must not stand beside the key that it protects: {passphraseFile} is inside {directory}. Keep it elsewhere, or hand it over on standard input (--root-passphrase-file -). Only a demonstration may do so (Ceremony:Demonstration).");
        }
    }

    /// <summary>The root's certificate, from its directory.</summary>
    public X509Certificate2 Load() => _files.Load();

    /// <summary>Makes key and certificate.</summary>
    public X509Certificate2 Create()
    {
        using var passphrase = ReadPassphrase("make the root's key");
        DataDirectory.Open(directory);
        _key = _files.OpenOrCreateKey(passphrase, options.RootKey);
        var root = certificates.Root(_key, options.RootValidity);
        _files.Store(root);
        return root;
    }

    /// <summary>The key, opened to sign <paramref name="purpose"/>. It stays open until <see cref="Close"/>.</summary>
    /// <exception cref="ConfigurationException">It is not here, does not open, or is not the key of <paramref name="root"/>.</exception>
    public AsymmetricAlgorithm OpenKey(X509Certificate2 root, string purpose)
    {
        if (_key is null)
        {
            if (!File.Exists(KeyFile))
                throw new ConfigurationException($"The root's key {KeyFile} is needed to make {purpose}. Bring its directory back, or say where it is: --offline-root DIR.");
            using var passphrase = ReadPassphrase($"make {purpose}");
            _key = _files.OpenKey(passphrase.Text);
        }

        return root.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo())
            ? _key
            : throw new ConfigurationException($"{KeyFile} is the key of another root than this CA's, {Fingerprint.Of(root.RawData)}. Bring the right directory.");
    }

    /// <summary>Forgets the key.</summary>
    public void Close()
    {
        _key?.Dispose();
        _key = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private RootPassphrase ReadPassphrase(string purpose)
    {
        if (passphraseFile is not null)
            return RootPassphrase.Read(passphraseFile);
        if (!options.Demonstration)
            throw new ConfigurationException($"To {purpose} the passphrase of the root is needed: --root-passphrase-file FILE, or - for standard input.");
        var file = Path.Combine(directory, "passphrase");
        if (!File.Exists(file))
        {
            DataDirectory.Open(directory);
            DurableFile.Write(file, Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(DemonstrationKeySize)) + "\n"));
        }

        return RootPassphrase.Read(file);
    }

    private static bool IsInside(string path, string directory)
    {
        var relative = Path.GetRelativePath(RealPath(directory), RealPath(path));
        return relative == "." || (relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(relative));
    }

    /// <summary>The path with every link on the way followed, as far as it exists.</summary>
    private static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full);
        if (parent is null)
            return full;
        var here = Path.Combine(RealPath(parent), Path.GetFileName(full));
        FileSystemInfo entry = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return entry is { Exists: true, LinkTarget: not null } ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? here : here;
    }
}
