using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Lint;

namespace ProvisioningStation.Tests.CertificateAuthority.Lint;

/// <summary>Certificates in which nothing is wrong, one for each kind that a case starts from.</summary>
public sealed class GoodCertificates : IDisposable
{
    private readonly Dictionary<string, (TestIssuer Issuer, CertificateRecord Record)> _devices = new(StringComparer.Ordinal);

    internal (byte[] ToBeSigned, CertificateSigner Signer, LintScope Kind) this[string name]
    {
        get
        {
            var (issuer, record) = Device(name == "authority" ? "ec" : name);
            if (name != "authority")
                return (record.ToBeSigned, CertificateSigner.Of(issuer.Ca), LintScope.Device);
            return (SignedCertificate.ToBeSignedIn(issuer.Certificate.RawData).ToArray(), CertificateSigner.Of(issuer.Root), LintScope.Authority);
        }
    }

    public void Dispose()
    {
        foreach (var (issuer, _) in _devices.Values)
            issuer.Dispose();
    }

    internal (TestIssuer Issuer, CertificateRecord Record) Device(string name)
    {
        lock (_devices)
        {
            if (!_devices.TryGetValue(name, out var made))
            {
                var options = new IssuanceOptions
                {
                    Organization = "Example Manufacturing",
                    Models = [BreakingCases.Model(name)],
                    CrlUrl = "http://ca.example/crl/devices-{issuer}.crl",
                    OcspUrl = "http://ca.example/ocsp",
                    CaIssuersUrl = "http://ca.example/ca/devices-{issuer}.cer",
                };
                var issuer = new TestIssuer(options, name == "endless" ? TestIssuer.NoExpiry : null);
                _devices[name] = made = (issuer, issuer.Prepare("3012-123456"));
            }

            return made;
        }
    }
}
