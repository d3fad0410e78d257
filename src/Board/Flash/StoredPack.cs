using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Flash;

/// <summary>A certificate pack as it lies in memory, read from there and found to be one: chain, key and name belong together.</summary>
internal sealed class StoredPack
{
    private const string RootFile = "root.pem";
    private const string IssuingFile = "issuing.pem";
    /// <summary>The certificate itself.</summary>
    public const string CertificateFile = "certificate.pem";
    private const string PrivateKeyFile = "private-key.bin";
    private const string CommonOwner = "common";

    private StoredPack(TlsIdentity identity, PeerIdentity peer)
    {
        Identity = identity;
        Peer = peer;
    }

    /// <summary>What the board presents with this pack, and the root it trusts by it.</summary>
    public TlsIdentity Identity { get; }

    /// <summary>Whom the certificate names.</summary>
    public PeerIdentity Peer { get; }

    /// <summary>Of the certificate.</summary>
    public Fingerprint Fingerprint => Peer.Fingerprint!.Value;

    /// <summary>The machine number, null in the common certificate.</summary>
    public MachineNumber? MachineNumber => Peer.Role == Role.Device ? Protocol.MachineNumber.Parse(Peer.Name) : null;

    /// <summary>The files of <paramref name="pack"/>; its private key leaves only wrapped under this board's own key.</summary>
    public static List<(string Name, byte[] Content)> ToFiles(CertificatePack pack, KeyProtection deviceKey) =>
    [
        (RootFile, ToPem([pack.RootCertificate])),
        (IssuingFile, ToPem(pack.IssuingCertificates)),
        (CertificateFile, ToPem([pack.ClientCertificate])),
        (PrivateKeyFile, deviceKey.Wrap(pack.PrivateKey, pack.MachineNumber?.ToString() ?? CommonOwner)),
    ];

    /// <summary>Reads a pack from <paramref name="directory"/>, fresh from the disk, and checks that its parts belong together.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="deviceKey">The board's own key.</param>
    /// <param name="role"><see cref="Role.Device"/> or <see cref="Role.Board"/>.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/> with what does not fit.</exception>
    public static StoredPack Read(string directory, KeyProtection deviceKey, Role role)
    {
        try
        {
            var root = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(directory, RootFile)));
            var issuing = new X509Certificate2Collection();
            issuing.ImportFromPem(File.ReadAllText(Path.Combine(directory, IssuingFile)));
            using var leaf = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(directory, CertificateFile)));
            var peer = Verify(leaf, issuing, root);
            if (peer.Role != role)
                throw Invalid($"the certificate is one of {peer}, expected {role}");
            var key = deviceKey.Unwrap(File.ReadAllBytes(Path.Combine(directory, PrivateKeyFile)), role == Role.Device ? peer.Name : CommonOwner);
            try
            {
                return new StoredPack(new TlsIdentity(WithKey(leaf, key), issuing, root), peer);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(key);
            }
        }
        catch (Exception cause) when (cause is IOException or CryptographicException or ArgumentException or FormatException)
        {
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"What lies in flash is not a certificate pack: {cause.Message}", cause);
        }
    }

    /// <summary>As <see cref="Read"/>, null where there is no whole pack.</summary>
    public static StoredPack? TryRead(string directory, KeyProtection deviceKey, Role role)
    {
        if (!File.Exists(Path.Combine(directory, CertificateFile)))
            return null;
        try
        {
            return Read(directory, deviceKey, role);
        }
        catch (ProvisioningException)
        {
            return null;
        }
    }

    private static PeerIdentity Verify(X509Certificate2 leaf, X509Certificate2Collection issuing, X509Certificate2 root)
    {
        using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForServers(root) };
        chain.ChainPolicy.ExtraStore.AddRange(issuing);
        if (!chain.Build(leaf))
            throw Invalid("the certificate does not verify: " + string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim())));
        return PeerIdentity.FromVerifiedChain(chain) ?? throw Invalid($"the certificate '{Printable.Shorten(leaf.Subject, 120)}' names nothing that we know");
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, byte[] key)
    {
        if (leaf.PublicKey.Oid.Value == Oids.Rsa)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(key, out _);
            return leaf.CopyWithPrivateKey(rsa);
        }

        using var ec = ECDsa.Create();
        ec.ImportPkcs8PrivateKey(key, out _);
        return leaf.CopyWithPrivateKey(ec); // refuses a key that is not the certificate's
    }

    private static byte[] ToPem(IEnumerable<byte[]> certificates) =>
        Encoding.ASCII.GetBytes(string.Concat(certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n")));

    private static ProvisioningException Invalid(string what) => new(ErrorCode.InvalidCertificatePack, $"What lies in flash is not a certificate pack: {what}.");

    private static class Oids
    {
        public const string Rsa = "1.2.840.113549.1.1.1";
    }
}
