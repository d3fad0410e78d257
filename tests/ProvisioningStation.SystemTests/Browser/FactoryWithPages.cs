using Microsoft.Playwright;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>A whole factory with a proved unit, and a browser whose manager has chosen a password.</summary>
public sealed class FactoryWithPages : IAsyncLifetime
{
    /// <summary>What the manager chose at the first sign-in.</summary>
    public const string Password = "three calm otters";

    private IDisposable? _interfaces;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public TestFactory Factory { get; private set; } = null!;

    public Uri Pages { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.FindReasonToSkip(needsAxe: false) is not null)
            return;
        _interfaces = await NetworkInterfaces.KeepAsync();
        Factory = await TestFactory.StartAsync(TestFactory.QuickBoards);
        Pages = LineConfiguration.ReadListenAddress(Factory.Layout.ConfigurationFile("communication-terminal"), "ManagerListen");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        await using var context = await OpenAsync("en");
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await WaitForFocusAsync(page, "name");
        await TypeAsync(page, "manager", "Tab", (await File.ReadAllTextAsync(Factory.Layout.ManagerPassword)).Trim(), "Enter");
        await page.WaitForURLAsync("**/password");
        await WaitForFocusAsync(page, "current");
        await TypeAsync(page, (await File.ReadAllTextAsync(Factory.Layout.ManagerPassword)).Trim(), "Tab", Password, "Tab", Password, "Enter");
        await page.WaitForURLAsync(new Uri(Pages, "/").ToString());
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (Factory is not null)
            await Factory.DisposeAsync();
        _interfaces?.Dispose();
    }

    /// <summary>A browser of its own, that nobody has signed in with.</summary>
    public async Task<IBrowserContext> OpenAsync(string language, int width = 1280, int height = 900)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Pages.ToString(),
            IgnoreHTTPSErrors = true, // the factory's root is in no browser here
            Locale = language,
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        context.SetDefaultTimeout(KioskWindow.Patience);
        return context;
    }

    /// <summary>A page of a manager who has signed in.</summary>
    public async Task<IPage> SignInAsync(IBrowserContext context, string path = "/")
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync("/sign-in?to=" + Uri.EscapeDataString(path));
        await WaitForFocusAsync(page, "name");
        await TypeAsync(page, "manager", "Tab", Password, "Enter");
        await page.WaitForURLAsync(new Uri(Pages, path).ToString());
        return page;
    }

    /// <summary>Waits until the page has put its caret where one begins to type.</summary>
    public static Task WaitForFocusAsync(IPage page, string id) => page.WaitForFunctionAsync("id => document.activeElement?.id === id", id);

    /// <summary>Types as a person without a mouse does: texts, and keys by their names.</summary>
    public static async Task TypeAsync(IPage page, params string[] textsAndKeys)
    {
        foreach (var text in textsAndKeys)
        {
            if (text is "Tab" or "Enter" or "Space" or "Shift+Tab" or "ArrowDown" or "Escape")
                await page.Keyboard.PressAsync(text);
            else
                await page.Keyboard.TypeAsync(text);
        }
    }
}
