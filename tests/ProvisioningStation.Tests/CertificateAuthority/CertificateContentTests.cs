using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>What a device certificate says, read by three parsers that are not ours: .NET's, BouncyCastle's and OpenSSL's.</summary>
public sealed class CertificateContentTests
{
    private const string Number = "3012-123456";

    [Fact]
    public void Certificate_SaysWhatTheProfileSays()
    {
        using var issuer = new TestIssuer();
        var certificate = new X509CertificateParser().ReadCertificate(issuer.Issue(Number).ClientCertificate);
        Assert.Equal(3, certificate.Version);
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SigAlgOid);
        Assert.Equal(["Example Manufacturing"], certificate.SubjectDN.GetValueList(X509Name.O).Cast<string>());
        Assert.Equal(["3012"], certificate.SubjectDN.GetValueList(X509Name.OU).Cast<string>());
        Assert.Equal([Number], certificate.SubjectDN.GetValueList(X509Name.CN).Cast<string>());
        Assert.Equal([Number], certificate.SubjectDN.GetValueList(X509Name.SerialNumber).Cast<string>());
        Assert.Equal(20, certificate.SerialNumber.ToByteArray().Length);
        Assert.Equal(1, certificate.SerialNumber.SignValue);
        Assert.Equal(["2.5.29.15"], certificate.GetCriticalExtensionOids().Cast<string>());
        Assert.Equal([true, false, false, false, false, false, false, false, false], certificate.GetKeyUsage()!);
        Assert.Equal(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"], certificate.GetExtendedKeyUsage().Cast<string>());
        Assert.Equal(-1, certificate.GetBasicConstraints());
        var point = SubjectPublicKeyInfoFactory(certificate).PublicKeyData.GetBytes();
        var own = SubjectKeyIdentifier.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.SubjectKeyIdentifier)));
        Assert.Equal(SHA256.HashData(point)[..20], own.GetKeyIdentifier());
        var authority = AuthorityKeyIdentifier.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.AuthorityKeyIdentifier)));
        Assert.Equal(issuer.Ca.KeyIdentifier.ToArray(), authority.GetKeyIdentifier());
        certificate.Verify(new X509CertificateParser().ReadCertificate(issuer.Certificate.RawData).GetPublicKey());
    }

    [Fact]
    public void PrivateKey_BelongsToTheCertificate()
    {
        using var issuer = new TestIssuer();
        var pack = issuer.Issue(Number);
        var key = (ECPrivateKeyParameters)PrivateKeyFactory.CreateKey(pack.PrivateKey);
        var point = key.Parameters.G.Multiply(key.D).GetEncoded(compressed: false);
        Assert.Equal(point, SubjectPublicKeyInfoFactory(new X509CertificateParser().ReadCertificate(pack.ClientCertificate)).PublicKeyData.GetBytes());
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        using var dotnet = ECDsa.Create();
        dotnet.ImportPkcs8PrivateKey(pack.PrivateKey, out var read);
        Assert.Equal(pack.PrivateKey!.Length, read);
        using var together = certificate.CopyWithPrivateKey(dotnet);
        Assert.True(together.HasPrivateKey);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void KeySource_MakesKeysWhosePointIsTheScalarTimesTheGenerator(bool managed)
    {
        using var source = new EcKeySource(managed);
        for (var i = 0; i < 200; i++)
        {
            var (scalar, point) = (new byte[EcKey.ScalarSize], new byte[EcKey.PointSize]);
            source.Make(scalar, point);
            var key = (ECPrivateKeyParameters)PrivateKeyFactory.CreateKey(EcKey.ToPkcs8(scalar, point));
            Assert.Equal(point, key.Parameters.G.Multiply(key.D).GetEncoded(compressed: false));
            Assert.Equal(point, EcKey.PointIn(EcKey.ToPkcs8(scalar, point)).ToArray());
        }
    }

    [Fact]
    public void Validity_EndsWithTheIssuersAtTheLatest()
    {
        using var issuer = new TestIssuer(issuingValidity: TimeSpan.FromDays(100));
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Issue(Number).ClientCertificate);
        Assert.Equal(issuer.Certificate.NotAfter, certificate.NotAfter);
        Assert.True(certificate.NotBefore >= issuer.Certificate.NotBefore);
    }

    [Theory]
    [InlineData("2049-06-15", 0x17)]
    [InlineData("2050-06-15", 0x18)]
    public void Validity_IsUtcTimeThrough2049AndGeneralizedTimeAfterwards(string end, byte tag)
    {
        var validity = DateTimeOffset.Parse(end, null, System.Globalization.DateTimeStyles.AssumeUniversal) - DateTimeOffset.UtcNow;
        using var issuer = new TestIssuer(new IssuanceOptions { Organization = "O", UnlistedModels = true, Validity = validity });
        var certificate = issuer.Issue(Number).ClientCertificate;
        var encoded = new X509CertificateParser().ReadCertificate(certificate).CertificateStructure.EndDate.GetDerEncoded();
        Assert.Equal(tag, encoded[0]);
        using var parsed = X509CertificateLoader.LoadCertificate(certificate);
        Assert.Equal(end[..7], parsed.NotAfter.ToUniversalTime().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void RevocationPlaces_StandInTheCertificate()
    {
        using var issuer = new TestIssuer(new IssuanceOptions { Organization = "O", UnlistedModels = true, CrlUrl = "http://crl.example/devices.crl", OcspUrl = "http://ocsp.example/" });
        var certificate = new X509CertificateParser().ReadCertificate(issuer.Issue(Number).ClientCertificate);
        var crl = CrlDistPoint.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.CrlDistributionPoints)));
        var name = GeneralNames.GetInstance(crl.GetDistributionPoints().Single().DistributionPointName.Name).GetNames().Single();
        Assert.Equal((6, "http://crl.example/devices.crl"), (name.TagNo, name.Name.ToString()));
        var access = AuthorityInformationAccess.GetInstance(X509ExtensionUtilities.FromExtensionValue(certificate.GetExtensionValue(X509Extensions.AuthorityInfoAccess)));
        Assert.Equal("http://ocsp.example/", access.GetAccessDescriptions().Single(entry => entry.AccessMethod.Id == "1.3.6.1.5.5.7.48.1").AccessLocation.Name.ToString());
    }

    [Theory]
    [InlineData(SigningKeyAlgorithm.EcP256, "1.2.840.10045.4.3.2")]
    [InlineData(SigningKeyAlgorithm.EcP384, "1.2.840.10045.4.3.3")]
    [InlineData(SigningKeyAlgorithm.Rsa3072, "1.2.840.113549.1.1.11")]
    public void SignatureAlgorithm_IsTheOneOfTheIssuersKey(SigningKeyAlgorithm algorithm, string oid)
    {
        using var issuer = new TestIssuer(algorithm: algorithm);
        var certificate = new X509CertificateParser().ReadCertificate(issuer.Issue(Number).ClientCertificate);
        Assert.Equal(oid, certificate.SigAlgOid);
        Assert.Equal(oid, certificate.CertificateStructure.TbsCertificate.Signature.Algorithm.Id);
        var issuing = new X509CertificateParser().ReadCertificate(issuer.Certificate.RawData);
        certificate.Verify(issuing.GetPublicKey());
        issuing.Verify(new X509CertificateParser().ReadCertificate(issuer.Root.RawData).GetPublicKey());
        Assert.Equal(oid, issuing.SigAlgOid);
    }

    [Fact]
    public void Chain_VerifiesWithDotNet()
    {
        using var issuer = new TestIssuer();
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Issue(Number).ClientCertificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(issuer.Root);
        chain.ChainPolicy.ExtraStore.Add(issuer.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate), string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.Equal(3, chain.ChainElements.Count);
    }

    [OpenSslTheory]
    [InlineData(SigningKeyAlgorithm.EcP256)]
    [InlineData(SigningKeyAlgorithm.EcP384)]
    [InlineData(SigningKeyAlgorithm.Rsa3072)]
    public void Chain_VerifiesWithOpenSsl(SigningKeyAlgorithm algorithm)
    {
        using var issuer = new TestIssuer(algorithm: algorithm);
        var directory = Directory.CreateTempSubdirectory("openssl-").FullName;
        File.WriteAllText(Path.Combine(directory, "root.pem"), issuer.Root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "issuing.pem"), issuer.Certificate.ExportCertificatePem());
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Issue(Number).ClientCertificate);
        File.WriteAllText(Path.Combine(directory, "certificate.pem"), certificate.ExportCertificatePem());
        foreach (var purpose in new[] { "sslclient", "sslserver" })
            Assert.Contains("certificate.pem: OK", OpenSsl(directory, "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "root.pem", "-untrusted", "issuing.pem", "certificate.pem"), StringComparison.Ordinal);
        Assert.Contains(Number, OpenSsl(directory, "x509", "-noout", "-subject", "-in", "certificate.pem"), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    private static SubjectPublicKeyInfo SubjectPublicKeyInfoFactory(Org.BouncyCastle.X509.X509Certificate certificate) =>
        certificate.CertificateStructure.SubjectPublicKeyInfo;

    private static string OpenSsl(string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { WorkingDirectory = directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return said;
    }

    private sealed class OpenSslTheoryAttribute : TheoryAttribute
    {
        public OpenSslTheoryAttribute()
        {
            var found = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, "openssl")));
            if (found != true)
                Skip = "openssl is not installed";
        }
    }
}
