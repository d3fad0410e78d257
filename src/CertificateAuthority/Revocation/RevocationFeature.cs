using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>Revocation, CRL and OCSP.</summary>
internal static class RevocationFeature
{
    /// <summary>What is served in clear: signed by itself, and asked for by everybody.</summary>
    public static IReadOnlyList<string> PublicPaths { get; } = ["/crl", "/ocsp", "/ca"];

    public static void AddRevocation(this WebApplicationBuilder builder)
    {
    }

    public static void MapRevocation(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
