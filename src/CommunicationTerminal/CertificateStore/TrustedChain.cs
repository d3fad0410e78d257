using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>A root and its issuing certificates, verified once, against which the certificates of a whole batch are checked.</summary>
internal sealed class TrustedChain : IDisposable
{
    private const string OrganizationalUnit = "2.5.4.11";

    private readonly X509Certificate2 _issuing;
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idleKeys = [];

    /// <summary>Takes a chain that was verified.</summary>
    public TrustedChain(int id, byte[] root, IReadOnlyList<byte[]> issuing)
    {
        Id = id;
        Root = root;
        Issuing = issuing;
        _issuing = X509CertificateLoader.LoadCertificate(issuing[0]);
    }

    /// <summary>Under which the chain is stored.</summary>
    public int Id { get; }

    /// <summary>The trust anchor.</summary>
    public byte[] Root { get; }

    /// <summary>From the certificates' issuer upwards.</summary>
    public IReadOnlyList<byte[]> Issuing { get; }

    /// <summary>Whether <paramref name="pack"/> brings just this chain.</summary>
    public bool IsOf(CertificatePack pack) =>
        Root.AsSpan().SequenceEqual(pack.RootCertificate)
        && Issuing.Count == pack.IssuingCertificates.Count
        && Issuing.Zip(pack.IssuingCertificates).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    /// <summary>Whether the issuer's name and signature are on <paramref name="certificate"/>.</summary>
    public bool Issued(LeafCertificate certificate) => Signed(certificate.Issuer.Span, certificate.SignatureAlgorithm, certificate.ToBeSigned, certificate.Signature);

    /// <summary>Whether the issuing CA is one for devices.</summary>
    public bool IsOfDevices => _issuing.SubjectName.EnumerateRelativeDistinguishedNames()
        .Any(part => !part.HasMultipleElements && part.GetSingleElementType().Value == OrganizationalUnit && part.GetSingleElementValue() == PeerIdentity.DevicesUnit);

    /// <summary>Whether the issuing CA may sign CRLs (RFC 5280, 4.2.1.3).</summary>
    public bool MaySignCrls => _issuing.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    /// <summary>The issuing CA's name, for people.</summary>
    public string IssuerName => _issuing.Subject;

    /// <summary>Whether <paramref name="issuer"/> is the issuing CA's name (encoded), and <paramref name="signature"/> its own.</summary>
    public bool Signed(ReadOnlySpan<byte> issuer, string algorithm, ReadOnlyMemory<byte> toBeSigned, ReadOnlyMemory<byte> signature)
    {
        if (!issuer.SequenceEqual(_issuing.SubjectName.RawData))
            return false;
        var key = _idleKeys.TryTake(out var idle) ? idle : GetKey();
        try
        {
            return IssuerSignature.IsMadeBy(key, algorithm, toBeSigned.Span, signature.Span);
        }
        finally
        {
            _idleKeys.Add(key);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _issuing.Dispose();
        foreach (var key in _idleKeys)
            key.Dispose();
    }

    private AsymmetricAlgorithm GetKey() =>
        _issuing.GetECDsaPublicKey() ?? (AsymmetricAlgorithm?)_issuing.GetRSAPublicKey()
        ?? throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The issuing CA's key is neither EC nor RSA.");
}
