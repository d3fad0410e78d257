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
    private const string ReceivedKeyFile = "private-key.p8";
    private const string CommonOwner = "common";
    private const string Flash = "What lies in flash is not a certificate pack: ";

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

    /// <summary>Where the certificate's validity begins.</summary>
    public DateTime Start { get; private init; }

    /// <summary>The latest beginning of validity of the pack's certificates (UTC).</summary>
    public DateTimeOffset LatestStart { get; private init; }

    /// <summary>The certificate's public key: SubjectPublicKeyInfo, DER.</summary>
    public byte[] PublicKeyInfo { get; private init; } = [];

    /// <summary>The files of <paramref name="pack"/>; its private key leaves only wrapped under this board's own key, as that of the board's <paramref name="open"/> request is already.</summary>
    public static List<(string Name, byte[] Content)> ToFiles(CertificatePack pack, KeyProtection deviceKey, OpenRequest? open = null, PackStorage storage = PackStorage.DeviceKey) =>
    [
        (RootFile, ToPem([pack.RootCertificate])),
        (IssuingFile, ToPem(pack.IssuingCertificates)),
        (CertificateFile, ToPem([pack.ClientCertificate])),
        pack.PrivateKey switch
        {
            null => (PrivateKeyFile, open!.WrappedKey),
            var key when storage == PackStorage.AsReceived => (ReceivedKeyFile, (byte[])key.Clone()),
            var key => (PrivateKeyFile, deviceKey.Wrap(key, pack.MachineNumber?.ToString() ?? CommonOwner)),
        },
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
            _ = ReplaceableDirectory.ReadWhole(directory);
            var root = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(directory, RootFile)));
            var issuing = new X509Certificate2Collection();
            issuing.ImportFromPem(File.ReadAllText(Path.Combine(directory, IssuingFile)));
            using var leaf = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(directory, CertificateFile)));
            var peer = Verify(leaf, issuing, root, Flash);
            if (peer.Role != role)
                throw Invalid($"the certificate is one of {peer}, expected {role}");
            var received = Path.Combine(directory, ReceivedKeyFile); // the setting may have changed since it was written
            var key = File.Exists(received)
                ? File.ReadAllBytes(received)
                : deviceKey.Unwrap(File.ReadAllBytes(Path.Combine(directory, PrivateKeyFile)), role == Role.Device ? peer.Name : CommonOwner);
            try
            {
                return new StoredPack(new TlsIdentity(WithKey(leaf, key), issuing, root), peer)
                {
                    Start = leaf.NotBefore,
                    LatestStart = new DateTimeOffset(issuing.Append(root).Append(leaf).Max(certificate => certificate.NotBefore)),
                    PublicKeyInfo = leaf.PublicKey.ExportSubjectPublicKeyInfo(),
                };
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

    /// <summary>Verifies the chain, without looking at a clock. <paramref name="what"/> begins the sentence of a refusal.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public static PeerIdentity Verify(X509Certificate2 leaf, X509Certificate2Collection issuing, X509Certificate2 root, string what)
    {
        using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForServers(root) };
        chain.ChainPolicy.ExtraStore.AddRange(issuing);
        chain.ChainPolicy.VerificationFlags |= X509VerificationFlags.IgnoreNotTimeValid; // a wrong clock must not make a board blank
        if (!chain.Build(leaf))
            throw Invalid("the certificate does not verify: " + string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.'))), what);
        return PeerIdentity.FromVerifiedChain(chain) ?? throw Invalid($"the certificate '{Printable.Shorten(leaf.Subject, 120)}' names nothing that we know", what);
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, byte[] key)
    {
        using var imported = ImportKey(leaf, key);
        return imported is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)imported); // refuses a key that is not the certificate's
    }

    /// <summary>Reads a private key (PKCS#8) of the kind of <paramref name="leaf"/>'s.</summary>
    /// <exception cref="CryptographicException">It is another kind, or no key.</exception>
    public static AsymmetricAlgorithm ImportKey(X509Certificate2 leaf, ReadOnlySpan<byte> key)
    {
        AsymmetricAlgorithm algorithm = leaf.PublicKey.Oid.Value == Oids.Rsa ? RSA.Create() : ECDsa.Create();
        algorithm.ImportPkcs8PrivateKey(key, out _);
        return algorithm;
    }

    private static byte[] ToPem(IEnumerable<byte[]> certificates) =>
        Encoding.ASCII.GetBytes(string.Concat(certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n")));

    private static ProvisioningException Invalid(string problem, string what = Flash) => new(ErrorCode.InvalidCertificatePack, $"{what}{problem}.");

    private static class Oids
    {
        public const string Rsa = "1.2.840.113549.1.1.1";
    }
}
