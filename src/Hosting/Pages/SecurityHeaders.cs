using Microsoft.AspNetCore.Http;

namespace ProvisioningStation.Hosting.Pages;

/// <summary>What every answer to a browser carries: nothing from elsewhere, nothing inline, in nobody's frame, in nobody's cache.</summary>
public static class SecurityHeaders
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    /// <summary>Sets them; what is an asset may set its own Cache-Control. A page in clear (loopback only) can't promise TLS for the time to come.</summary>
    public static void Set(IHeaderDictionary headers, bool isInClear = false)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), usb=(), serial=()";
        if (!isInClear)
            headers.StrictTransportSecurity = "max-age=31536000";
        headers.CacheControl = "no-store, no-cache";
        headers.Pragma = "no-cache";
    }
}
