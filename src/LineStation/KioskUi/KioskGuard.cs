using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProvisioningStation.Hosting.Pages;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>
/// Keeps other people's pages away from the kiosk's listener: a name that was rebound to this machine (its Host is none of ours), a page from elsewhere that sends something here (its Origin is not
/// ours, and it does not know the key).
/// </summary>
internal sealed class KioskGuard
{
    /// <summary>The header that carries <see cref="Key"/>.</summary>
    public const string Header = "X-Form-Key";

    /// <summary>Another one at every start, so that a page also learns from it that the station was restarted.</summary>
    public string Key { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Lets what our own page asks for pass.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        SecurityHeaders.Set(context.Response.Headers, isInClear: true);
        var request = context.Request;
        if (!IsLoopback(request.Host))
            return Refuse(context, StatusCodes.Status421MisdirectedRequest);
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (site is "cross-site" or "same-site" && !(isRead && request.Headers["Sec-Fetch-Mode"] == "navigate"))
            return Refuse(context, StatusCodes.Status403Forbidden);
        if (!isRead && (request.Headers.Origin != $"http://{request.Host}" || !HasKey(request)))
            return Refuse(context, StatusCodes.Status403Forbidden);
        return next(context);
    }

    private bool HasKey(HttpRequest request) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers[Header].ToString()), Encoding.UTF8.GetBytes(Key));

    private static bool IsLoopback(HostString host) => host.Host == "localhost" || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));

    private static Task Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
