using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

/// <summary>Marks an endpoint that a page calls by itself: it does not keep an idle browser from being locked.</summary>
internal sealed record NotAnActivity;

/// <summary>Who sends a request to the manager's pages, by the session cookie. Whoever is not signed in is sent to the sign-in, a locked session to its password; a script gets 401.</summary>
internal sealed class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ManagerSessions sessions) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "session";

    private const string Cookie = "__Host-session";

    private ManagerSession? _session;

    /// <summary>Gives the browser its token: never readable by scripts, never sent from other sites, never in clear.</summary>
    public static void Give(HttpContext context, string token) =>
        context.Response.Cookies.Append(Cookie, token, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });

    /// <summary>Takes it away.</summary>
    public static void Take(HttpContext context) =>
        context.Response.Cookies.Delete(Cookie, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/" });

    /// <summary>The browser's token, null where it has none.</summary>
    public static string? TokenOf(HttpContext context) => context.Request.Cookies[Cookie];

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!Context.IsFromBrowser() || TokenOf(Context) is not { Length: > 0 and < 100 } token)
            return AuthenticateResult.NoResult();
        var isActivity = Context.GetEndpoint()?.Metadata.GetMetadata<NotAnActivity>() is null;
        _session = await sessions.FindAsync(token, isActivity, Context.RequestAborted);
        if (_session is null)
            return AuthenticateResult.NoResult();
        Context.Features.Set(_session);
        return _session.IsLocked
            ? AuthenticateResult.Fail("The session is locked.")
            : AuthenticateResult.Success(new AuthenticationTicket(_session.Who.ToPrincipal(SchemeName), SchemeName));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!HttpMethods.IsGet(Request.Method) || Context.GetEndpoint()?.Metadata.GetMetadata<NotAnActivity>() is not null)
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        Response.Redirect($"{(_session?.IsLocked == true ? "/unlock" : "/sign-in")}?to={Uri.EscapeDataString(Request.Path + Request.QueryString)}");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
