using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Layout;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Pages;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>
/// The plant manager's pages (P-2): rendered here, plain forms, no circuit. Each page stands in its feature's folder; this one has what they share: listener, sessions, languages,
/// frame and styles.
/// </summary>
internal static class ManagerUiFeature
{
    private const int MaxFormBytes = 4 * 1024 * 1024 + 65536; // a plan of the largest size, uploaded by somebody who may

    /// <summary>Registers them, and listens for browsers.</summary>
    public static void AddManagerUi(this WebApplicationBuilder builder, TlsIdentity identity)
    {
        builder.ListenForBrowsers(identity, Settings.Read<ListenOptions>(builder.Configuration, "ManagerListen"), "ManagerListen");
        var services = builder.Services;
        services.AddSingleton(Settings.Read<ManagerUiOptions>(builder.Configuration, "ManagerUi"));
        services.AddSingleton<ManagerSessions>().AddSingleton<EffectiveSettings>();
        services.AddFormKeys(new DataDirectory(builder.Environment.ContentRootPath));
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        services.AddLocalization();
        services.AddHttpContextAccessor();
        builder.Logging.AddFilter(typeof(SessionAuthentication).FullName, LogLevel.Warning); // a locked session is no event
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "__Host-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            options.Cookie.Path = "/";
        });
        services.AddAuthentication(SessionAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<AccountRole>())
            authorization.AddPolicy(role.ToString(), policy => policy.RequireAssertion(context => ManagerIdentity.Find(context.User)?.Role >= role));
        services.AddRazorComponents(options => options.MaxFormMappingCollectionSize = 2000);
        services.Configure<Microsoft.AspNetCore.Http.Features.FormOptions>(form => form.MultipartBodyLengthLimit = MaxFormBytes);
    }

    /// <summary>What a browser's request passes on its way to a page.</summary>
    public static void UseManagerUi(this WebApplication app)
    {
        app.UseRouting();
        app.SeparateBrowsers();
        app.UseWhen(static context => context.IsFromBrowser(), browser => browser.Use(SetHeadersAsync));
        app.UseAuthentication(); // not in a branch: the framework would not see it and put one before the routing, where nobody knows yet which requests are no activity
        app.UseWhen(static context => context.IsFromBrowser(), browser =>
        {
            browser.UseLanguages();
            browser.Use(AnswerAsync);
            browser.UseAuthorization();
            browser.Use(RequireOwnPasswordAsync);
            browser.UseAntiforgery();
        });
    }

    /// <summary>Maps the pages.</summary>
    public static void MapManagerUi(this WebApplication app)
    {
        app.MapRazorComponents<App>().RequireAuthorization(nameof(AccountRole.Viewer)).WithMetadata(new BrowserEndpoint());
        var open = app.MapGroup(string.Empty).WithMetadata(new BrowserEndpoint());
        open.MapAssets();
        open.MapLanguages();
        open.MapSessions();
    }

    /// <summary>A group for what a page calls or downloads: at the browsers' listener, and only for those who are signed in.</summary>
    public static RouteGroupBuilder MapForManagers(this WebApplication app, AccountRole atLeast = AccountRole.Viewer) =>
        app.MapGroup(string.Empty).RequireAuthorization(atLeast.ToString()).WithMetadata(new BrowserEndpoint());

    private static Task SetHeadersAsync(HttpContext context, RequestDelegate next)
    {
        SecurityHeaders.Set(context.Response.Headers);
        return next(context);
    }

    /// <summary>A page for whatever ends without one.</summary>
    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            if (HttpMethods.IsPost(context.Request.Method) && ManagerIdentity.Find(context.User)?.Role >= AccountRole.Supervisor && context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = MaxFormBytes;
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } && context.GetEndpoint()?.Metadata.GetMetadata<NotAnActivity>() is null)
                await ShowAsync(context, context.Response.StatusCode, null);
        }
        catch (Exception cause) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var known = ErrorTranslation.Translate(cause, context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ManagerUiFeature).FullName!));
            context.Response.Clear();
            SecurityHeaders.Set(context.Response.Headers);
            await ShowAsync(context, ErrorTranslation.StatusOf(known.Code), known);
        }
    }

    /// <summary>In a scope of its own: that of a page which failed half-way has begun to render once, and can't begin again.</summary>
    private static async Task ShowAsync(HttpContext context, int status, ProvisioningException? error)
    {
        var services = context.RequestServices;
        await using var scope = services.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        context.Response.Headers.Remove("blazor-enhanced-nav");
        try
        {
            await new RazorComponentResult<ErrorPage>(
                new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(ErrorPage.Status)] = status, [nameof(ErrorPage.Error)] = error })
                { StatusCode = status, PreventStreamingRendering = true }.ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }

    /// <summary>A password that somebody else gave opens nothing but the page that replaces it.</summary>
    private static Task RequireOwnPasswordAsync(HttpContext context, RequestDelegate next)
    {
        if (ManagerIdentity.Find(context.User) is not { MustChangePassword: true } || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || context.Request.Path == "/password")
        {
            return next(context);
        }

        context.Response.Redirect("/password");
        return Task.CompletedTask;
    }
}
