using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Localization;

namespace ProvisioningStation.Hosting.Pages;

/// <summary>Japanese and English: what the visitor chose, else what the browser asks for, else English.</summary>
public static class PageLanguages
{
    /// <summary>Both, by their names in themselves.</summary>
    public static IReadOnlyList<(string Code, string Name)> All { get; } = [("ja", "日本語"), ("en", "English")];

    /// <summary>The language of this request.</summary>
    public static string Current => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;

    /// <summary>Whether <paramref name="code"/> is one of them.</summary>
    public static bool Has(string? code) => All.Any(language => language.Code == code);

    /// <summary>Chooses the language of each request; <paramref name="chosen"/> says what the visitor chose.</summary>
    public static void UsePageLanguages(this IApplicationBuilder app, Func<HttpContext, string?> chosen)
    {
        var codes = All.Select(language => language.Code).ToArray();
        var options = new RequestLocalizationOptions().SetDefaultCulture("en").AddSupportedCultures(codes).AddSupportedUICultures(codes);
        options.RequestCultureProviders =
        [
            new CustomRequestCultureProvider(context => Task.FromResult(chosen(context) is { } code ? new ProviderCultureResult(code) : null)),
            new AcceptLanguageHeaderRequestCultureProvider(),
        ];
        app.UseRequestLocalization(options);
    }
}
