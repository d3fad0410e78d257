using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>A program's own certificate with its issuing chain and key, and the one root that it trusts.</summary>
public sealed class TlsIdentity : IDisposable
{
    private readonly X509Certificate2 _leaf;

    /// <summary>Takes the parts as they are; <paramref name="leaf"/> has its private key.</summary>
    public TlsIdentity(X509Certificate2 leaf, X509Certificate2Collection issuing, X509Certificate2 root)
    {
        _leaf = leaf;
        Root = root;
        Context = SslStreamCertificateContext.Create(leaf, issuing, offline: true);
    }

    /// <summary>The name in its own certificate: the line of a station, the factory of a terminal.</summary>
    public string Name => _leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>The trust anchor.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The certificate with its chain, as TLS sends it.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The certificate and those above it, without the root, PEM.</summary>
    public string ChainPem => string.Join('\n', ((X509Certificate2[])[_leaf, .. Context.IntermediateCertificates]).Select(certificate => certificate.ExportCertificatePem()));

    /// <summary>Signs with the certificate's key: ECDSA with SHA-256, DER.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content)
    {
        using var key = _leaf.GetECDsaPrivateKey() ?? throw new ConfigurationException("The TLS key is no EC key. Run the CA's set-up for this part again (CertificateAuthority init).");
        return key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Reads the files that <paramref name="options"/> name.</summary>
    /// <exception cref="ConfigurationException">A file is missing or does not fit; the message says which and what to do.</exception>
    public static TlsIdentity Load(TlsOptions options, DataDirectory directory)
    {
        var certificate = directory.Resolve(options.Certificate);
        var key = directory.Resolve(options.Key);
        var root = directory.Resolve(options.Root);
        foreach (var file in new[] { certificate, key, root })
        {
            if (!File.Exists(file))
                throw new ConfigurationException($"The file {file} is missing. Run the CA's set-up for this part (CertificateAuthority init), or correct section Tls.");
        }

        using var protection = KeyProtection.Load(directory.Resolve(options.WrappingKey));
        try
        {
            var leaf = X509Certificate2.CreateFromEncryptedPemFile(certificate, protection.Passphrase, key);
            var issuing = new X509Certificate2Collection();
            issuing.ImportFromPemFile(certificate);
            issuing.RemoveAt(0);
            return new TlsIdentity(leaf, issuing, X509Certificate2.CreateFromPem(File.ReadAllText(root)));
        }
        catch (CryptographicException cause)
        {
            throw new ConfigurationException($"{certificate} and {key} do not fit each other or the wrapping key {options.WrappingKey}: {cause.Message}", cause);
        }
    }

    /// <summary>
    /// A handler whose connections present this certificate and are made only to a server that chains to <see cref="Root"/> and that <paramref name="accept"/> accepts.
    /// Otherwise the call fails with <paramref name="refused"/> and the reason.
    /// </summary>
    /// <param name="accept">Whether the verified server is the one wanted.</param>
    /// <param name="wanted">Whom we want, for the message: "the CA", "board 3012-100001".</param>
    /// <param name="refused">The code where it is somebody else.</param>
    public SocketsHttpHandler CreateHandler(Func<PeerIdentity, bool> accept, string wanted, ErrorCode refused = ErrorCode.NotAuthorized) => CreateHandler(
        Context,
        PeerVerification.PolicyForServers(Root),
        (_, certificate, chain, errors) =>
        {
            var peer = PeerVerification.Identify(certificate, chain, errors, out var problem);
            if (peer is null)
                throw new ProvisioningException(refused, $"What answers is not {wanted}: {problem}.");
            return accept(peer) ? true : throw new ProvisioningException(refused, $"What answers is not {wanted}: it is {peer}.");
        });

    /// <summary>
    /// A handler for the one peer that has no certificate of ours yet: a blank board on its own cable (P-11). Any server certificate is taken and none is presented.
    /// </summary>
    public static SocketsHttpHandler CreateUnauthenticatedHandler() => CreateHandler(null, null, static (_, certificate, _, _) => certificate is not null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _leaf.Dispose();
        Root.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(
        SslStreamCertificateContext? context,
        X509ChainPolicy? policy,
        RemoteCertificateValidationCallback verify) => new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateContext = context,
                CertificateChainPolicy = policy,
                AllowTlsResume = false, // a resumed session would answer with the certificate of an earlier handshake, and proof (P-27) needs today's
                RemoteCertificateValidationCallback = verify,
            },
        };
}
