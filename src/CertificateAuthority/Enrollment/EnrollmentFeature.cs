using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>Enrollment over Secure Transport (RFC 7030).</summary>
internal static class EnrollmentFeature
{
    public static void AddEnrollment(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RequestedKeys>();
    }

    public static void MapEnrollment(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
