using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;
using ProvisioningStation.Hosting.Pages;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>The language that was chosen: in this browser, else in the account.</summary>
internal static class Languages
{
    private const string Cookie = "__Host-language";

    /// <summary>Chooses the language of each request.</summary>
    public static void UseLanguages(this IApplicationBuilder app) => app.UsePageLanguages(static context =>
        context.Request.Cookies[Cookie] is { } chosen && PageLanguages.Has(chosen) ? chosen : context.Features.Get<ManagerSession>()?.Language);

    /// <summary>Maps <c>/language/{code}?to=</c>, which keeps the choice in this browser and goes back.</summary>
    public static void MapLanguages(this IEndpointRouteBuilder pages) => pages.MapGet("/language/{code}", (string code, string? to, HttpContext context) =>
    {
        if (PageLanguages.Has(code))
            context.Response.Cookies.Append(Cookie, code, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = TimeSpan.FromDays(400) });
        return Results.LocalRedirect(LocalPath.Of(to));
    }).AllowAnonymous();

    /// <summary>Forgets what was chosen in this browser, so that the account's language holds.</summary>
    public static void Forget(HttpContext context) => context.Response.Cookies.Delete(Cookie, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/" });
}
