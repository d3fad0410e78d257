using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>Certificates for keys that others have made: what is checked of them, and Enrollment over Secure Transport (RFC 7030).</summary>
internal static class EnrollmentFeature
{
    public static void AddEnrollment(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RequestedKeys>();
        builder.Services.AddSingleton<DeviceCertificates>();
        builder.Services.AddSingleton<Enroller>();
        builder.Services.AddSingleton<EstDocuments>();
        builder.Services.AddSingleton<EstEndpoint>();
    }

    public static void MapEnrollment(this WebApplication app, RouteGroupBuilder api) => app.Services.GetRequiredService<EstEndpoint>().Map(app);
}
