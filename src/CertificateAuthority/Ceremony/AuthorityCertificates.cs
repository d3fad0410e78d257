using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Lint;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>The few certificates that are made once, at the set-up: root, issuing CAs, the common certificate and the parts' own.</summary>
internal sealed class AuthorityCertificates(string organization, TimeProvider time)
{
    private static readonly TimeSpan Backdate = TimeSpan.FromHours(1);

    /// <summary>A root, signed by itself.</summary>
    public X509Certificate2 Root(AsymmetricAlgorithm key, TimeSpan validity)
    {
        var request = Request("Root CA", "Root", key, key);
        AddAuthority(request, pathLength: null);
        var (notBefore, notAfter) = ValidityUpTo(validity, DateTimeOffset.MaxValue);
        return request.Create(request.SubjectName, Generator(key), notBefore, notAfter, SerialNumber.Random().ToBytes());
    }

    /// <summary>An issuing CA below <paramref name="root"/>; <paramref name="unit"/> says what it issues to. Each generation has a name of its own, so that no CRL is taken for another's.</summary>
    public X509Certificate2 Issuing(string unit, int number, AsymmetricAlgorithm key, X509Certificate2 root, AsymmetricAlgorithm rootKey, TimeSpan validity)
    {
        var name = number == 1 ? $"{unit} Issuing CA" : string.Create(CultureInfo.InvariantCulture, $"{unit} Issuing CA {number}");
        var request = Request(name, unit, key, rootKey);
        AddAuthority(request, pathLength: 0);
        return Sign(request, root, rootKey, validity, LintScope.Authority);
    }

    /// <summary>A certificate for one end of mutual TLS.</summary>
    public X509Certificate2 End(string name, string unit, AsymmetricAlgorithm key, X509Certificate2 issuer, AsymmetricAlgorithm issuerKey, TimeSpan validity, IEnumerable<string> dnsNames, IEnumerable<string> addresses)
    {
        var request = Request(name, unit, key, issuerKey);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Oids.ClientAuthentication), new Oid(Oids.ServerAuthentication)], critical: false));
        var alternatives = new SubjectAlternativeNameBuilder();
        var any = false;
        foreach (var dnsName in dnsNames)
        {
            alternatives.AddDnsName(dnsName);
            any = true;
        }

        foreach (var address in addresses)
        {
            alternatives.AddIpAddress(IPAddress.Parse(address));
            any = true;
        }

        if (any)
            request.CertificateExtensions.Add(alternatives.Build());
        return Sign(request, issuer, issuerKey, validity, LintScope.OtherEnd);
    }

    private CertificateRequest Request(string name, string unit, AsymmetricAlgorithm key, AsymmetricAlgorithm issuerKey)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        subject.AddOrganizationalUnitName(unit);
        subject.AddOrganizationName(organization);
        var request = new CertificateRequest(subject.Build(), new PublicKey(key), SignatureAlgorithm.Of(issuerKey).Hash);
        Span<byte> identifier = stackalloc byte[PublicKeyInfo.KeyIdentifierSize];
        PublicKeyInfo.KeyIdentifier(request.PublicKey.ExportSubjectPublicKeyInfo(), identifier);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(identifier, critical: false));
        return request;
    }

    private static void AddAuthority(CertificateRequest request, int? pathLength)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, pathLength.HasValue, pathLength ?? 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
    }

    private X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, AsymmetricAlgorithm issuerKey, TimeSpan validity, LintScope kind)
    {
        var identifier = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single();
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        var limits = CertificateSigner.ValidityOf(issuer);
        var (notBefore, notAfter) = ValidityUpTo(validity, limits.NotAfter);
        if (notBefore < limits.NotBefore)
            notBefore = limits.NotBefore;
        var certificate = request.Create(issuer.SubjectName, Generator(issuerKey), notBefore, notAfter, SerialNumber.Random().ToBytes());
        CertificateLint.Require(SignedCertificate.ToBeSignedIn(certificate.RawData), CertificateSigner.Of(issuer), kind); // before it is stored anywhere
        return certificate;
    }

    private static X509SignatureGenerator Generator(AsymmetricAlgorithm key) =>
        key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    private (DateTimeOffset NotBefore, DateTimeOffset NotAfter) ValidityUpTo(TimeSpan validity, DateTimeOffset limit)
    {
        var notBefore = time.GetUtcNow() - Backdate;
        return (notBefore, limit - notBefore > validity ? notBefore + validity : limit);
    }
}
