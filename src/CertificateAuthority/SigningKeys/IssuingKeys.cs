using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// The issuing CAs' keys, wherever each of them is. New ones are made in the HSM where there is one, otherwise as encrypted files; one that stands as a file stays a file, so that a CA
/// moves into an HSM by renewing its issuing CAs.
/// </summary>
internal sealed class IssuingKeys(KeyProtection protection, HsmKeys? hsm)
{
    /// <summary>Opens the key.</summary>
    /// <exception cref="ConfigurationException">It is not there, does not open, or belongs to another certificate than <paramref name="certificate"/>.</exception>
    public AsymmetricAlgorithm Open(KeyGeneration generation, X509Certificate2 certificate) => RequireBelongs(Opener(generation)(), certificate, generation);

    /// <summary>A way to open the key once more, for each thread that signs. Between its uses the key is in memory only as the encrypted file, or not at all.</summary>
    /// <exception cref="ConfigurationException">It is not there.</exception>
    public Func<AsymmetricAlgorithm> Opener(KeyGeneration generation)
    {
        if (hsm is not null && IsInHsm(generation))
            return () => hsm.Open(generation.Name);
        var encrypted = generation.Files.ReadKey();
        return () => generation.Files.Decrypt(encrypted, protection.Passphrase);
    }

    /// <summary>The key, made first where it is missing.</summary>
    public AsymmetricAlgorithm OpenOrCreate(KeyGeneration generation, SigningKeyAlgorithm algorithm) =>
        hsm is not null && IsInHsm(generation) ? hsm.OpenOrCreate(generation.Name, algorithm) : generation.Files.OpenOrCreateKey(protection.Passphrase, algorithm);

    /// <summary>Where the key is, for people.</summary>
    public string Place(KeyGeneration generation) =>
        hsm is not null && IsInHsm(generation) ? hsm.Place(generation.Name) : $"{generation.Files.KeyFile} (encrypted with the CA's wrapping key)";

    /// <summary>Gives <paramref name="key"/> back if it is the one that <paramref name="certificate"/> was made for.</summary>
    /// <exception cref="ConfigurationException">It is another.</exception>
    public static AsymmetricAlgorithm RequireBelongs(AsymmetricAlgorithm key, X509Certificate2 certificate, KeyGeneration generation)
    {
        if (certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            return key;
        key.Dispose();
        throw new ConfigurationException($"The key of {generation.Name} does not belong to the certificate {generation.Files.CertificateFile}. One of them was exchanged; put the right one back from a copy.");
    }

    private static bool IsInHsm(KeyGeneration generation) => !File.Exists(generation.Files.KeyFile);
}
