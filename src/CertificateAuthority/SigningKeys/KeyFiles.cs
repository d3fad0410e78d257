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
    private const UnixFileMode Public = DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The passphrase is 256 random bits, so that iterations protect nothing; they only cost time at every start.</summary>
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 10_000);

    /// <summary>Whether the certificate, which is written last, is there.</summary>
    public bool IsComplete => File.Exists(CertificateFile);

    /// <summary>The certificate.</summary>
    /// <exception cref="ConfigurationException">It is missing.</exception>
    public X509Certificate2 Load()
    {
        RequireFile(CertificateFile);
        return X509Certificate2.CreateFromPem(File.ReadAllText(CertificateFile));
    }

    /// <summary>The key.</summary>
    /// <exception cref="ConfigurationException">It is missing, or the passphrase does not fit.</exception>
    public ECDsa OpenKey(string passphrase)
    {
        RequireFile(KeyFile);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromEncryptedPem(File.ReadAllText(KeyFile), passphrase);
            return key;
        }
        catch (CryptographicException cause)
        {
            key.Dispose();
            throw new ConfigurationException($"The key {KeyFile} does not open: {cause.Message} It belongs to another wrapping key, or was changed.", cause);
        }
    }

    /// <summary>The key, made and stored first where it is missing.</summary>
    public ECDsa OpenOrCreateKey(string passphrase)
    {
        if (File.Exists(KeyFile))
            return OpenKey(passphrase);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DurableFile.Write(KeyFile, Encoding.ASCII.GetBytes(key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption) + "\n"));
        return key;
    }

    /// <summary>Stores the certificate, followed by those above it.</summary>
    public void Store(params IEnumerable<X509Certificate2> certificates) => StorePublic(CertificateFile, certificates);

    /// <summary>Stores certificates where everybody may read them.</summary>
    public static void StorePublic(string file, params IEnumerable<X509Certificate2> certificates)
    {
        var pem = string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));
        DurableFile.Write(file, Encoding.ASCII.GetBytes(pem), Public);
    }

    private static void RequireFile(string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"{file} is missing. Make the CA's keys first: CertificateAuthority init --config FILE --data DIR");
    }
}
