using System.Globalization;
using Microsoft.AspNetCore.Localization;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>Japanese and English: what the visitor chose, else what the browser asks for, else English.</summary>
internal static class Languages
{
    private const string Cookie = "__Host-language";

    /// <summary>Both, by their names in themselves.</summary>
    public static IReadOnlyList<(string Code, string Name)> All { get; } = [("ja", "日本語"), ("en", "English")];

    /// <summary>The language of this request.</summary>
    public static string Current => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;

    /// <summary>Chooses the language of each request.</summary>
    public static void UseLanguages(this IApplicationBuilder app)
    {
        var codes = All.Select(language => language.Code).ToArray();
        var options = new RequestLocalizationOptions().SetDefaultCulture("en").AddSupportedCultures(codes).AddSupportedUICultures(codes);
        options.RequestCultureProviders =
        [
            new CustomRequestCultureProvider(context => Task.FromResult(Chosen(context) is { } code ? new ProviderCultureResult(code) : null)),
            new AcceptLanguageHeaderRequestCultureProvider(),
        ];
        app.UseRequestLocalization(options);
    }

    /// <summary>Maps <c>/language/{code}?to=</c>, which keeps the choice in this browser and goes back.</summary>
    public static void MapLanguages(this IEndpointRouteBuilder pages) => pages.MapGet("/language/{code}", (string code, string? to, HttpContext context) =>
    {
        if (All.Any(language => language.Code == code))
            context.Response.Cookies.Append(Cookie, code, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = TimeSpan.FromDays(400) });
        return Results.LocalRedirect(LocalPath.Of(to));
    }).AllowAnonymous();

    /// <summary>Forgets what was chosen in this browser, so that the account's language holds.</summary>
    public static void Forget(HttpContext context) => context.Response.Cookies.Delete(Cookie, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/" });

    private static string? Chosen(HttpContext context) =>
        context.Request.Cookies[Cookie] is { } chosen && All.Any(language => language.Code == chosen) ? chosen : context.Features.Get<ManagerSession>()?.Language;
}
