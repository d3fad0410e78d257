using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Flash;

/// <summary>What a pack must be before the flash is touched. Each rule says in words what is wrong: the sentence ends up in the unit's history.</summary>
internal static class PackRules
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Passes a pack whose parts belong together, now, for the role wanted.</summary>
    /// <param name="pack">What came.</param>
    /// <param name="role"><see cref="Role.Device"/> or <see cref="Role.Board"/>.</param>
    /// <param name="inPlace">The unit's certificate that it replaces, if any.</param>
    /// <param name="open">The board's open request, where the pack holds no key.</param>
    /// <param name="clock">The board's clock.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificatePack"/>.</exception>
    public static void Require(CertificatePack pack, Role role, StoredPack? inPlace, OpenRequest? open, BoardClock clock)
    {
        try
        {
            using var root = X509CertificateLoader.LoadCertificate(pack.RootCertificate);
            using var leaf = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
            var issuing = new X509Certificate2Collection();
            foreach (var der in pack.IssuingCertificates)
                issuing.Add(X509CertificateLoader.LoadCertificate(der));
            RequireUsage(leaf);
            var peer = StoredPack.Verify(leaf, issuing, root, "The pack is refused: ");
            if (peer.Role != role)
                throw Refused($"its certificate is one of {peer}, not of a {role}. The issuing CA is of another kind");
            if (role == Role.Device && peer.Name != pack.MachineNumber?.ToString())
                throw Refused($"its certificate names {peer.Name}, the pack {pack.MachineNumber}");
            foreach (var certificate in (X509Certificate2[])[leaf, .. issuing, root])
            {
                if (clock.FindProblem(certificate) is { } problem)
                    throw Refused($"of its certificate '{Printable.Shorten(certificate.Subject, 80)}', {problem}");
            }

            RequireKey(pack, leaf, open);
            if (inPlace is not null && leaf.NotBefore < inPlace.Start)
                throw Refused("its certificate is older than the one in place for the same number. A board never goes back to an earlier certificate");
        }
        catch (CryptographicException cause)
        {
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The pack is refused: what it holds is no certificate or key in DER ({cause.Message.TrimEnd('.')}).", cause);
        }
    }

    private static void RequireUsage(X509Certificate2 leaf)
    {
        var usages = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(extension => extension.EnhancedKeyUsages.Cast<Oid>()).Select(usage => usage.Value).ToList();
        if (!usages.Contains(ServerAuthentication) || !usages.Contains(ClientAuthentication))
            throw Refused("its certificate is not for TLS on both sides: extendedKeyUsage has to hold serverAuth and clientAuth");
    }

    private static void RequireKey(CertificatePack pack, X509Certificate2 leaf, OpenRequest? open)
    {
        var certified = leaf.PublicKey.ExportSubjectPublicKeyInfo();
        if (pack.PrivateKey is null)
        {
            if (open is null || !certified.AsSpan().SequenceEqual(open.PublicKeyInfo))
                throw Refused("its certificate is not for the key that this board made. Ask the board for its request again");
            return;
        }

        using var own = StoredPack.ImportKey(leaf, pack.PrivateKey);
        if (!own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certified))
            throw Refused("its private key does not belong to its certificate");
    }

    private static ProvisioningException Refused(string problem) => new(ErrorCode.InvalidCertificatePack, $"The pack is refused: {problem}.");
}
