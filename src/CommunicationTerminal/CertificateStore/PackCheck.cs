using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>A pack that was checked, as it is stored: the key wrapped, or null where the board has made it, the chain by its number.</summary>
internal sealed record CheckedPack(int ChainId, Fingerprint Fingerprint, string SerialNumber, byte[] Certificate, byte[]? WrappedKey);

/// <summary>
/// Checks what the CA sent before it is stored: the chain leads to our root, the certificate is of the machine number asked for and signed by that chain, the key belongs to
/// the certificate. The first pack of a chain is verified by the platform; the rest of a batch by issuer, signature and validity alone. The key is wrapped and cleared here.
/// </summary>
internal sealed class PackCheck(TlsIdentity identity, KeyProtection protection, ChainStore chains, TimeProvider time)
{
    /// <summary>What the common certificate's key is bound to at rest, in the place of a machine number.</summary>
    public const string CommonName = "common";

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    private volatile TrustedChain? _deviceChain; // the one of the last pack; a batch has one

    /// <summary>Checks the pack of a unit. Its private key is cleared in any case.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public Task<CheckedPack> CheckAsync(CertificatePack pack, MachineNumber expected, CancellationToken cancellationToken) => CheckAsync(pack, expected, null, cancellationToken);

    /// <summary>Checks the pack of a unit whose board has made the key (P-28): it brings no private key, and the certificate is for <paramref name="boardKey"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public async Task<CheckedPack> CheckAsync(CertificatePack pack, MachineNumber expected, BoardKey? boardKey, CancellationToken cancellationToken)
    {
        try
        {
            var name = expected.ToString();
            if (pack.MachineNumber != expected)
                throw Invalid($"The CA sent the pack of {pack.MachineNumber?.ToString() ?? "no machine"} where {expected} was due.");
            if (_deviceChain is not { } chain || !chain.IsOf(pack))
            {
                RequireVerified(pack, peer => peer.Role == Role.Device && peer.Name == name, name);
                _deviceChain = chain = await chains.AddAsync(pack, cancellationToken);
            }

            var certificate = LeafCertificate.Parse(pack.ClientCertificate);
            if (!certificate.IsOf(expected))
                throw Invalid($"The certificate in the pack of {expected} is of somebody else.");
            RequireIssuedNow(certificate, chain, name);
            return boardKey is null ? Wrap(pack, certificate, chain, name) : WithoutKey(pack, certificate, chain, name, boardKey);
        }
        finally
        {
            pack.ClearPrivateKey();
        }
    }

    /// <summary>Checks the common certificate's pack. Its private key is cleared in any case.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public async Task<CheckedPack> CheckCommonAsync(CertificatePack pack, CancellationToken cancellationToken)
    {
        try
        {
            if (pack.MachineNumber is not null)
                throw Invalid("The CA sent a machine's pack where the common certificate was due.");
            RequireVerified(pack, peer => peer.Role == Role.Board, CommonName);
            var (certificate, chain) = (LeafCertificate.Parse(pack.ClientCertificate), await chains.AddAsync(pack, cancellationToken));
            RequireIssuedNow(certificate, chain, CommonName);
            return Wrap(pack, certificate, chain, CommonName);
        }
        finally
        {
            pack.ClearPrivateKey();
        }
    }

    private void RequireIssuedNow(LeafCertificate certificate, TrustedChain chain, string name)
    {
        if (!chain.Issued(certificate))
            throw Invalid($"The certificate in the pack of {name} is not signed by the issuing CA that came with it.");
        var now = time.GetUtcNow();
        if (certificate.NotBefore > now + ClockSkew || certificate.NotAfter < now)
            throw Invalid($"The certificate in the pack of {name} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}, not now.");
    }

    private CheckedPack Wrap(CertificatePack pack, LeafCertificate certificate, TrustedChain chain, string name)
    {
        if (pack.PrivateKey is not { } key || !KeyMatch.Belongs(key, certificate.PublicKeyInfo))
            throw Invalid($"The private key in the pack of {name} is missing or does not belong to its certificate.");
        return new CheckedPack(chain.Id, pack.Fingerprint, certificate.SerialNumber, pack.ClientCertificate, protection.Wrap(key, name));
    }

    private static CheckedPack WithoutKey(CertificatePack pack, LeafCertificate certificate, TrustedChain chain, string name, BoardKey boardKey)
    {
        if (pack.PrivateKey is not null)
            throw Invalid($"The pack of {name} has a private key, but its board has made its own.");
        if (!boardKey.IsIn(certificate))
            throw Invalid($"The certificate in the pack of {name} is for another key than the one that its board has made.");
        return new CheckedPack(chain.Id, pack.Fingerprint, certificate.SerialNumber, pack.ClientCertificate, null);
    }

    private void RequireVerified(CertificatePack pack, Func<PeerIdentity, bool> accept, string name)
    {
        if (!pack.RootCertificate.AsSpan().SequenceEqual(identity.Root.RawDataMemory.Span))
            throw Invalid($"The root in the pack of {name} is not the root that this terminal trusts.");
        var loaded = new X509Certificate2Collection();
        try
        {
            using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForServers(identity.Root) };
            foreach (var issuing in pack.IssuingCertificates)
                loaded.Add(X509CertificateLoader.LoadCertificate(issuing));
            chain.ChainPolicy.ExtraStore.AddRange(loaded);
            chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
            using var leaf = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
            var verified = chain.Build(leaf) && chain.ChainElements.Count == pack.IssuingCertificates.Count + 2;
            if (!verified || PeerIdentity.FromVerifiedChain(chain) is not { } peer || !accept(peer))
            {
                var reasons = chain.ChainStatus.Select(status => status.StatusInformation.Trim());
                throw Invalid($"The chain in the pack of {name} does not verify. {Printable.Shorten(string.Join("; ", reasons), 200)}");
            }
        }
        catch (CryptographicException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The pack of {name} holds something that is not a certificate.", cause);
        }
        finally
        {
            foreach (var certificate in loaded)
                certificate.Dispose();
        }
    }

    private static ProvisioningException Invalid(string message) => new(ErrorCode.InvalidCertificatePack, message);
}
