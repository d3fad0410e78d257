using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>Enrollment over Secure Transport (RFC 7030).</summary>
internal static class EnrollmentFeature
{
    public static void AddEnrollment(this WebApplicationBuilder builder)
    {
    }

    public static void MapEnrollment(this WebApplication app, RouteGroupBuilder api)
    {
    }
}
