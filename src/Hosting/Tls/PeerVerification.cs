using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>Checks a peer's certificate chain against one root and says in words which check failed.</summary>
public static class PeerVerification
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>The policy for verifying clients against <paramref name="root"/>. Nothing is fetched from anywhere.</summary>
    public static X509ChainPolicy PolicyForClients(X509Certificate2 root) => Policy(root, ClientAuthentication);

    /// <summary>The policy for verifying servers against <paramref name="root"/>.</summary>
    public static X509ChainPolicy PolicyForServers(X509Certificate2 root) => Policy(root, ServerAuthentication);

    /// <summary>
    /// The identity behind what TLS handed over, or null with <paramref name="problem"/> saying which check failed. Names in SANs are not compared:
    /// a peer is who its subject says, and the caller decides whether that is whom it wants.
    /// </summary>
    public static PeerIdentity? Identify(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, out string problem)
    {
        problem = string.Empty;
        if (certificate is null || chain is null)
        {
            problem = "it presented no certificate";
            return null;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            var said = chain.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.')).Distinct(StringComparer.Ordinal);
            problem = $"its certificate '{Printable.Shorten(certificate.Subject, 120)}' does not verify: {Printable.Shorten(string.Join("; ", said), 300)}";
            return null;
        }

        if (PeerIdentity.FromVerifiedChain(chain) is { } identity)
            return identity;
        problem = $"its certificate '{Printable.Shorten(certificate.Subject, 120)}' names no role of this system";
        return null;
    }

    private static X509ChainPolicy Policy(X509Certificate2 root, string usage)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(root);
        policy.ApplicationPolicy.Add(new Oid(usage));
        return policy;
    }
}
