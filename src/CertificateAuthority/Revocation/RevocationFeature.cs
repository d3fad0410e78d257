using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Revocation.Crl;
using ProvisioningStation.CertificateAuthority.Revocation.Ocsp;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>Revocation, CRL and OCSP.</summary>
internal static class RevocationFeature
{
    /// <summary>What is served in clear: signed by itself, and asked for by everybody.</summary>
    public static IReadOnlyList<string> PublicPaths { get; } = ["/crl", "/ocsp", "/ca"];

    public static void AddRevocation(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<RevocationOptions>(builder.Configuration, "Revocation"));
        builder.Services.AddSingleton<RevocationNews>();
        builder.Services.AddSingleton<RevocationStore>();
        builder.Services.AddSingleton<RevocationEndpoint>();
        builder.Services.AddSingleton<ReturnStore>();
        builder.Services.AddSingleton<ReturnCertificatesHandler>();
        builder.Services.AddSingleton<CrlStore>();
        builder.Services.AddSingleton<CrlPublisher>();
        builder.Services.AddSingleton<CrlEndpoints>();
        builder.Services.AddSingleton<IssuerHashes>();
        builder.Services.AddSingleton<CertificateStatuses>();
        builder.Services.AddSingleton<OcspResponders>();
        builder.Services.AddSingleton<OcspAnswers>();
        builder.Services.AddSingleton<OcspEndpoints>();
        builder.Services.AddSingleton<IssuerEndpoint>();
        builder.Services.AddHostedService<CrlJob>();
        builder.Services.AddHostedService<OcspRenewalJob>();
    }

    public static void MapRevocation(this WebApplication app, RouteGroupBuilder api)
    {
        var crl = app.Services.GetRequiredService<CrlEndpoints>();
        RevocationEndpoint.Map(api, app.Services.GetRequiredService<RevocationEndpoint>());
        CrlEndpoints.MapApi(api, crl);
        CrlEndpoints.MapPublic(app, crl);
        IssuerEndpoint.Map(api, app.Services.GetRequiredService<IssuerEndpoint>());
        OcspEndpoints.Map(app, app.Services.GetRequiredService<OcspEndpoints>());
    }
}
