using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>Section <c>SigningKeys</c>: where the issuing CAs' keys are.</summary>
public sealed record SigningKeyOptions
{
    /// <summary>The directory of the issuing CAs' certificates and encrypted keys.</summary>
    [Required]
    public string Directory { get; init; } = "signing-keys";
}

/// <summary>The names of the CA's own files, the same for the set-up and the service. The root's key is not among them: it stays offline.</summary>
internal sealed class AuthorityFiles(DataDirectory data, SigningKeyOptions options)
{
    private readonly string _directory = data.Resolve(options.Directory);

    /// <summary>The directory of the issuing CAs' keys.</summary>
    public string SigningKeyDirectory => _directory;

    /// <summary>The root's certificate; its key is not here.</summary>
    public KeyFiles Root => new(data.Resolve("root.pem"), string.Empty);

    /// <summary>The certificate of the CA that issues to devices, for whoever wants to verify with it.</summary>
    public string DevicesIssuingPublic => data.Resolve("devices-issuing.pem");

    /// <summary>The CA that issues to devices.</summary>
    public KeyFiles DevicesIssuing => Pair("devices");

    /// <summary>The CA that issues to the factory's own parts.</summary>
    public KeyFiles PartsIssuing => Pair("parts");

    /// <summary>The CA that issues the common certificate.</summary>
    public KeyFiles CommonIssuing => Pair("common");

    /// <summary>The common certificate.</summary>
    public KeyFiles CommonCertificate => Pair("common-certificate");

    /// <summary>The CA for devices, ready to sign.</summary>
    public IssuingCas OpenDevicesIssuing(string passphrase)
    {
        using var certificate = DevicesIssuing.Load();
        var parameters = OpenOnce(certificate, passphrase);
        return new IssuingCas([new IssuingCa(1, certificate, () => ECDsa.Create(parameters))]);
    }

    private ECParameters OpenOnce(X509Certificate2 certificate, string passphrase)
    {
        using var key = DevicesIssuing.OpenKey(passphrase);
        using var publicKey = certificate.GetECDsaPublicKey();
        var parameters = key.ExportParameters(includePrivateParameters: true);
        if (publicKey is null || !publicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new ConfigurationException($"The key {DevicesIssuing.KeyFile} does not belong to the certificate {DevicesIssuing.CertificateFile}.");
        return parameters;
    }

    private KeyFiles Pair(string name) => new(Path.Combine(_directory, name + ".pem"), Path.Combine(_directory, name + ".key"));
}
