using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Every kind of profile under every kind of issuing CA, read and verified by programs that are not ours: BouncyCastle, OpenSSL and GnuTLS.</summary>
public sealed class ForeignParserTests
{
    private const string Number = "3012-123456";

    public static TheoryData<SigningKeyAlgorithm, KeyAlgorithm, bool> Profiles
    {
        get
        {
            var data = new TheoryData<SigningKeyAlgorithm, KeyAlgorithm, bool>();
            foreach (var issuer in Enum.GetValues<SigningKeyAlgorithm>())
            {
                foreach (var key in Enum.GetValues<KeyAlgorithm>())
                {
                    data.Add(issuer, key, false);
                    if (issuer == SigningKeyAlgorithm.EcP256 || key == KeyAlgorithm.EcP384)
                        data.Add(issuer, key, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void BouncyCastle_ReadsWhatTheProfileSays(SigningKeyAlgorithm issuerKey, KeyAlgorithm key, bool full)
    {
        using var issuer = Issuer(issuerKey, key, full);
        var certificate = new X509CertificateParser().ReadCertificate(issuer.Issue(Number).ClientCertificate);
        certificate.Verify(new X509CertificateParser().ReadCertificate(issuer.Certificate.RawData).GetPublicKey());
        Assert.Equal(certificate.SigAlgOid, certificate.CertificateStructure.TbsCertificate.Signature.Algorithm.Id);
        var usage = certificate.GetKeyUsage();
        Assert.Equal((true, full && IsRsa(key), full && !IsRsa(key)), (usage[0], usage[2], usage[4]));
        Assert.Equal(full ? ["1.3.6.1.5.5.7.3.2"] : ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"], certificate.GetExtendedKeyUsage().Cast<string>());
        if (!full)
        {
            Assert.Null(certificate.GetExtensionValue(X509Extensions.SubjectAlternativeName));
            return;
        }

        Assert.Equal("99991231235959Z", certificate.CertificateStructure.EndDate.GetTime().Replace("GMT+00:00", "Z", StringComparison.Ordinal));
        var names = GeneralNames.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.SubjectAlternativeName))).GetNames();
        Assert.Equal([GeneralName.OtherName, GeneralName.DnsName, GeneralName.UniformResourceIdentifier], names.Select(name => name.TagNo));
        var module = Asn1Sequence.GetInstance(names[0].Name);
        Assert.Equal("1.3.6.1.5.5.7.8.4", ((DerObjectIdentifier)module[0]).Id);
        var content = Asn1Sequence.GetInstance(((Asn1TaggedObject)module[1]).GetObject());
        Assert.Equal(("1.3.6.1.4.1.32473.1.1", Number), (((DerObjectIdentifier)content[0]).Id, Encoding.ASCII.GetString(((Asn1OctetString)content[1]).GetOctets())));
        Assert.Equal(["3012-123456.devices.example", "urn:example:machine:3012-123456"], names.Skip(1).Select(name => name.Name.ToString()));
        var access = AuthorityInformationAccess.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.AuthorityInfoAccess)));
        Assert.Equal(["http://ca.example/ocsp", "http://ca.example/ca/devices-1.cer"], access.GetAccessDescriptions().Select(entry => entry.AccessLocation.Name.ToString()));
    }

    [PeerTheory("openssl")]
    [MemberData(nameof(Profiles))]
    public void OpenSsl_ReadsAndVerifies(SigningKeyAlgorithm issuerKey, KeyAlgorithm key, bool full)
    {
        using var directory = Files(issuerKey, key, full);
        Assert.Contains("certificate.pem: OK", Run(directory, "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "certificate.pem"), StringComparison.Ordinal);
        var text = Run(directory, "openssl", "x509", "-noout", "-text", "-in", "certificate.pem");
        Assert.Contains(key switch { KeyAlgorithm.EcP256 => "NIST CURVE: P-256", KeyAlgorithm.EcP384 => "NIST CURVE: P-384", KeyAlgorithm.Rsa2048 => "Public-Key: (2048 bit)", _ => "Public-Key: (3072 bit)" }, text, StringComparison.Ordinal);
        Assert.Contains(issuerKey switch { SigningKeyAlgorithm.EcP256 => "ecdsa-with-SHA256", SigningKeyAlgorithm.EcP384 => "ecdsa-with-SHA384", _ => "sha256WithRSAEncryption" }, text, StringComparison.Ordinal);
        if (full)
        {
            Assert.Contains("Not After : Dec 31 23:59:59 9999 GMT", text, StringComparison.Ordinal);
            Assert.Contains("DNS:3012-123456.devices.example, URI:urn:example:machine:3012-123456", text, StringComparison.Ordinal);
            Assert.Contains("CA Issuers - URI:http://ca.example/ca/devices-1.cer", text, StringComparison.Ordinal);
        }

        Assert.Contains("Key is valid", Run(directory, "openssl", "pkey", "-in", "key.pem", "-check", "-noout"), StringComparison.Ordinal);
        Assert.Equal(Run(directory, "openssl", "pkey", "-in", "key.pem", "-pubout"), Run(directory, "openssl", "x509", "-in", "certificate.pem", "-pubkey", "-noout"));
    }

    [PeerTheory("certtool")]
    [MemberData(nameof(Profiles))]
    public void GnuTls_ReadsAndVerifies(SigningKeyAlgorithm issuerKey, KeyAlgorithm key, bool full)
    {
        using var directory = Files(issuerKey, key, full);
        Assert.Contains("Chain verification output: Verified. The certificate is trusted.", Run(directory, "certtool", "--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem"), StringComparison.Ordinal);
        var text = Run(directory, "certtool", "--certificate-info", "--infile", "certificate.pem");
        Assert.Contains(IsRsa(key) ? "Subject Public Key Algorithm: RSA" : "Subject Public Key Algorithm: EC/ECDSA", text, StringComparison.Ordinal);
        Assert.Contains($"serialNumber={Number}", text, StringComparison.Ordinal);
        Assert.Contains("Key Usage (critical):", text, StringComparison.Ordinal);
        if (full)
            Assert.Contains("DNSname: 3012-123456.devices.example", text, StringComparison.Ordinal);
    }

    private static bool IsRsa(KeyAlgorithm key) => key is KeyAlgorithm.Rsa2048 or KeyAlgorithm.Rsa3072;

    private static TestIssuer Issuer(SigningKeyAlgorithm issuerKey, KeyAlgorithm key, bool full) => new(
        new IssuanceOptions
        {
            Organization = "Beispiel Geräte",
            CrlUrl = full ? "http://ca.example/crl/devices-{issuer}.crl" : null,
            OcspUrl = full ? "http://ca.example/ocsp" : null,
            CaIssuersUrl = full ? "http://ca.example/ca/devices-{issuer}.cer" : null,
            Models =
            [
                new ModelOptions
                {
                    Model = "3012",
                    Key = key,
                    OrganizationalUnit = full ? "Line 7" : null,
                    NoExpiry = full,
                    KeyEncipherment = full && IsRsa(key),
                    KeyAgreement = full && !IsRsa(key),
                    ServerAuthentication = !full,
                    HardwareType = full ? "1.3.6.1.4.1.32473.1.1" : null,
                    DnsName = full ? "{machineNumber}.devices.example" : null,
                    Uri = full ? "urn:example:machine:{machineNumber}" : null,
                },
            ],
        },
        full ? TestIssuer.NoExpiry : null,
        issuerKey);

    private static TemporaryDirectory Files(SigningKeyAlgorithm issuerKey, KeyAlgorithm key, bool full)
    {
        using var issuer = Issuer(issuerKey, key, full);
        var directory = new TemporaryDirectory();
        var pack = issuer.Issue(Number);
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        var (own, issuing, root) = (certificate.ExportCertificatePem(), issuer.Certificate.ExportCertificatePem(), issuer.Root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory.Path, "root.pem"), root + "\n");
        File.WriteAllText(Path.Combine(directory.Path, "issuing.pem"), issuing + "\n");
        File.WriteAllText(Path.Combine(directory.Path, "certificate.pem"), own + "\n");
        File.WriteAllText(Path.Combine(directory.Path, "chain.pem"), string.Create(CultureInfo.InvariantCulture, $"{own}\n{issuing}\n{root}\n"));
        File.WriteAllText(Path.Combine(directory.Path, "key.pem"), System.Security.Cryptography.PemEncoding.WriteString("PRIVATE KEY", pack.PrivateKey) + "\n");
        return directory;
    }

    private static string Run(TemporaryDirectory directory, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said + errors.GetAwaiter().GetResult();
    }
}
