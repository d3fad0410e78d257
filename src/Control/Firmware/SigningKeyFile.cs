using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control.Firmware;

/// <summary>The key that signs images, ECDSA on P-256: PKCS#8 under a passphrase (PBES2), in a file that only its owner can read; and its public key for boards.</summary>
internal static class SigningKeyFile
{
    private const int MinPassphraseLength = 12;
    private const int Iterations = 600_000; // PBKDF2 with SHA-256: what a guess at the passphrase costs
    private const UnixFileMode Public = DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes a key pair and gives the public key's id.</summary>
    /// <exception cref="ConfigurationException">The passphrase is too short, a folder is missing, or one of the files is there and <paramref name="overwrite"/> is false.</exception>
    public static Fingerprint Create(string privateFile, string publicFile, string passphrase, bool overwrite)
    {
        if (passphrase.Length < MinPassphraseLength)
            throw new ConfigurationException($"The passphrase has fewer than {MinPassphraseLength} characters. Take a longer one: it is all that protects the key where its file is copied.");
        if (Path.GetFullPath(privateFile) == Path.GetFullPath(publicFile))
            throw new ConfigurationException($"Both keys can't go into {privateFile}.");
        if (!overwrite && Array.Find([privateFile, publicFile], File.Exists) is { } existing)
            throw new ConfigurationException($"{existing} is there already. Boards that trust this key install nothing that another one signs; say --force to overwrite it.");
        FirmwareCommand.RequireFolder(privateFile);
        FirmwareCommand.RequireFolder(publicFile);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations);
        Write(
            (privateFile, key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, encryption), DataDirectory.OwnerOnlyFile),
            (publicFile, key.ExportSubjectPublicKeyInfoPem(), Public));
        return Fingerprint.Of(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Opens a key that <see cref="Create"/> made, or another encrypted PKCS#8.</summary>
    /// <exception cref="ConfigurationException">It is not there, not an encrypted private key, or does not open.</exception>
    public static ECDsa Open(string file, string passphrase)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"--key: there is no file {file}. Make a key with stationctl firmware keygen.");
        var pem = File.ReadAllText(file);
        if (!pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
            throw new ConfigurationException($"--key: {file} is not a private key under a passphrase (PEM, ENCRYPTED PRIVATE KEY). openssl pkcs8 -topk8 makes one of a key without.");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromEncryptedPem(pem, passphrase);
            return key;
        }
        catch (Exception cause) when (cause is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new ConfigurationException($"--key: {file} does not open: it has another passphrase, or is not an EC key.", cause);
        }
    }

    /// <summary>What can fail is over before the first name is there: one key without the other is of no use, and an old one with a new one is worse.</summary>
    private static void Write(params IReadOnlyList<(string File, string Pem, UnixFileMode Mode)> keys)
    {
        try
        {
            foreach (var (file, pem, mode) in keys)
            {
                File.Delete(file + ".tmp"); // one that somebody else left would keep its rights
                DurableFile.WriteInPlace(file + ".tmp", Encoding.ASCII.GetBytes(pem + "\n"), mode);
            }

            foreach (var (file, _, _) in keys)
            {
                File.Move(file + ".tmp", file, overwrite: true);
                DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            }
        }
        catch
        {
            foreach (var (file, _, _) in keys.Where(key => File.Exists(key.File + ".tmp")))
                File.Delete(file + ".tmp");
            throw;
        }
    }
}
