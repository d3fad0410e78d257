using System.Net;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Pages;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>The line worker's page: a listener of its own in plain HTTP on loopback. Nothing of the station's other interface answers there, and nothing of it answers here.</summary>
internal static class KioskFeature
{
    private const string LanguageCookie = "language";

    /// <summary>The page's scripts and styles.</summary>
    public static PageAssets Assets { get; } = new(typeof(KioskFeature).Assembly);

    /// <summary>Registers it where the line has one.</summary>
    public static void AddKiosk(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<KioskOptions>(builder.Configuration, "Kiosk");
        builder.Services.AddSingleton(options);
        if (options.Port == 0)
            return;
        builder.ListenForLocalBrowsers(IPAddress.Parse(options.Address), options.Port);
        builder.Services.AddSingleton<KioskGuard>().AddSingleton<ShiftFigures>().AddSingleton<LineProgress>().AddSingleton<EarlierWriting>().AddSingleton<KioskFeed>().AddSingleton<KioskStream>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KioskFeed>());
        builder.Services.AddHostedService(services => services.GetRequiredService<LineProgress>());
        builder.Services.AddHostedService(services => services.GetRequiredService<EarlierWriting>());
        builder.Services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        builder.Services.AddLocalization();
        builder.Services.AddRazorComponents();
    }

    /// <summary>Maps the page where the line has one.</summary>
    public static void MapKiosk(this WebApplication app)
    {
        if (app.Services.GetRequiredService<KioskOptions>().Port == 0)
            return;
        var guard = app.Services.GetRequiredService<KioskGuard>();
        app.UseRouting();
        app.SeparateBrowsers();
        app.UseWhen(static context => context.IsFromBrowser(), browser =>
        {
            browser.Use(guard.CheckAsync);
            browser.UsePageLanguages(static context => context.Request.Cookies[LanguageCookie] is { } chosen && PageLanguages.Has(chosen) ? chosen : null);
        });
        var kiosk = app.MapGroup(string.Empty).WithMetadata(new BrowserEndpoint());
        Assets.Map(kiosk);
        kiosk.MapGet("/", () => new RazorComponentResult<KioskPage> { PreventStreamingRendering = true });
        kiosk.MapGet("/screen", (KioskFeed feed) => Results.Text(feed.View.Html ?? string.Empty, "text/html; charset=utf-8"));
        kiosk.MapGet("/live", (HttpContext context, KioskStream stream) => stream.ServeAsync(context));
        kiosk.MapGet("/language/{code}", ChooseLanguage);
        kiosk.MapPost("/acknowledge", async (Acknowledgement seen, LineJournal journal, CancellationToken cancellationToken) =>
        {
            await journal.AcknowledgeAsync(seen.Sequence, seen.Touched ? ScanSource.Touch : ScanSource.Typed, cancellationToken);
            return Results.NoContent();
        });
        kiosk.MapPost("/keys", (WedgeKey[] keys, WedgeInput wedge) =>
        {
            if (keys.Length > WedgeInput.MaxKeys || keys.Any(key => key.Key is null))
                throw new ProvisioningException(ErrorCode.MalformedRequest, $"A delivery is at most {WedgeInput.MaxKeys} keys, each with its name and its time in milliseconds.");
            wedge.Take(keys);
            return Results.NoContent();
        });
        kiosk.MapPost("/typed", (TypedTwice typed, TypedInput input) =>
        {
            input.Take(typed.First, typed.Second);
            return Results.NoContent();
        });
    }

    private static RedirectHttpResult ChooseLanguage(string code, HttpContext context)
    {
        if (PageLanguages.Has(code))
            context.Response.Cookies.Append(LanguageCookie, code, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = TimeSpan.FromDays(400) });
        return TypedResults.LocalRedirect("/");
    }

    /// <summary>The verdict that a person has seen, and whether that was said by touch or with the key.</summary>
    internal sealed record Acknowledgement(long Sequence, bool Touched);

    /// <summary>A number typed twice.</summary>
    internal sealed record TypedTwice(string First, string Second);
}
