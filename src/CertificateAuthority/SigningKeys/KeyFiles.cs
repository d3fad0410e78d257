using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>A certificate and its key as two PEM files; the key as encrypted PKCS#8 of mode 0600.</summary>
/// <param name="CertificateFile">PEM.</param>
/// <param name="KeyFile">PEM, encrypted.</param>
internal sealed record KeyFiles(string CertificateFile, string KeyFile)
{
    /// <summary>The iterations for a passphrase that a person may have chosen (PBKDF2 with SHA-256, as OWASP advises).</summary>
    public const int PassphraseIterations = 600_000;

    private const UnixFileMode Public = DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>A wrapping key is 256 random bits, so that iterations protect nothing; they only cost time at every start.</summary>
    private const int WrappingKeyIterations = 10_000;

    /// <summary>Whether the certificate, which is written last, is there.</summary>
    public bool IsComplete => File.Exists(CertificateFile);

    /// <summary>The certificate.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public X509Certificate2 Load()
    {
        RequireFile(CertificateFile);
        return X509Certificate2.CreateFromPem(File.ReadAllText(CertificateFile));
    }

    /// <summary>The certificate and those above it, as stored.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public X509Certificate2Collection LoadChain()
    {
        RequireFile(CertificateFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(CertificateFile);
        return chain;
    }

    /// <summary>The key.</summary>
    /// <exception cref="ConfigurationException">It is missing, or the passphrase does not fit.</exception>
    public AsymmetricAlgorithm OpenKey(ReadOnlySpan<char> passphrase) => Decrypt(ReadKey(), passphrase);

    /// <summary>The encrypted PEM of the key, from which <see cref="Decrypt"/> opens it any number of times.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public string ReadKey()
    {
        RequireFile(KeyFile);
        return File.ReadAllText(KeyFile);
    }

    /// <summary>Opens the key in <paramref name="pem"/>.</summary>
    /// <exception cref="ConfigurationException">The passphrase does not fit.</exception>
    public AsymmetricAlgorithm Decrypt(string pem, ReadOnlySpan<char> passphrase)
    {
        AsymmetricAlgorithm ec = ECDsa.Create();
        try
        {
            ec.ImportFromEncryptedPem(pem, passphrase);
            return ec;
        }
        catch (CryptographicException)
        {
            ec.Dispose(); // RSA perhaps: what it is stands only in the encrypted part
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromEncryptedPem(pem, passphrase);
            return rsa;
        }
        catch (Exception cause) when (cause is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
            throw new ConfigurationException($"The key {KeyFile} does not open: its passphrase or wrapping key is another one, or the file was changed.", cause);
        }
    }

    /// <summary>The key, made and stored first where it is missing; encrypted under a wrapping key.</summary>
    public AsymmetricAlgorithm OpenOrCreateKey(string wrappingKey, SigningKeyAlgorithm algorithm = SigningKeyAlgorithm.EcP256) =>
        OpenOrCreateKey(wrappingKey, algorithm, WrappingKeyIterations);

    /// <summary>The key, made and stored first where it is missing; encrypted with a passphrase.</summary>
    public AsymmetricAlgorithm OpenOrCreateKey(RootPassphrase passphrase, SigningKeyAlgorithm algorithm) =>
        OpenOrCreateKey(passphrase.Text, algorithm, PassphraseIterations);

    /// <summary>Stores the certificate, followed by those above it.</summary>
    public void Store(params IEnumerable<X509Certificate2> certificates) => StorePublic(CertificateFile, certificates);

    /// <summary>Stores certificates where everybody may read them.</summary>
    public static void StorePublic(string file, params IEnumerable<X509Certificate2> certificates)
    {
        var pem = string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));
        DurableFile.Write(file, Encoding.ASCII.GetBytes(pem), Public);
    }

    private AsymmetricAlgorithm OpenOrCreateKey(ReadOnlySpan<char> passphrase, SigningKeyAlgorithm algorithm, int iterations)
    {
        if (File.Exists(KeyFile))
            return OpenKey(passphrase);
        var key = algorithm.Create();
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterations);
        DurableFile.Write(KeyFile, Encoding.ASCII.GetBytes(key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, encryption) + "\n"));
        return key;
    }

    private static void RequireFile(string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"{file} is missing. Make the CA's keys first: CertificateAuthority init --config FILE --data DIR");
    }
}
