using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>What every page of the terminal has to keep, in both languages and in every window.</summary>
public sealed class EveryPageTests(FactoryWithPages factory) : IClassFixture<FactoryWithPages>
{
    private static readonly string[] Bare = ["/sign-in", "/password", "/no-such-page"];

    [ChromiumTheory(needsAxe: true)]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task EveryPage_IsAccessible(string language)
    {
        await using var context = await factory.OpenAsync(language);
        var page = await factory.SignInAsync(context);
        var found = new List<string>();
        foreach (var path in await ReadPathsAsync(page))
        {
            await page.GotoAsync(path);
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            await page.EvaluateAsync(await File.ReadAllTextAsync(Chromium.Axe!));
            // Contrast of 7:1 is asked for beside what WCAG 2.2 AA asks.
            var violations = await page.EvaluateAsync<JsonElement>(
                "async () => (await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, rules: { 'color-contrast-enhanced': { enabled: true } } })).violations");
            found.AddRange(violations.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node =>
                $"{path}: {violation.GetProperty("id")}: {node.GetProperty("html")}")));
        }

        Assert.Empty(found);
    }

    [ChromiumTheory]
    [InlineData("en", 1280)]
    [InlineData("ja", 1280)]
    [InlineData("en", 640)] // 1280 at 200 %
    [InlineData("ja", 640)]
    [InlineData("en", 400)]
    [InlineData("ja", 400)]
    public async Task EveryPage_FitsItsWindowAndAsksNobodyElse(string language, int width)
    {
        await using var context = await factory.OpenAsync(language, width);
        var problems = new List<string>();
        var page = await factory.SignInAsync(context);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(factory.Pages.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                problems.Add($"{page.Url} asked for {request.Url}");
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !page.Url.EndsWith("/no-such-page", StringComparison.Ordinal))
                problems.Add($"{page.Url}: {message.Text}");
        };
        page.PageError += (_, error) => problems.Add($"{page.Url}: {error}");
        foreach (var path in await ReadPathsAsync(page))
        {
            await page.GotoAsync(path);
            Assert.Equal(language, await page.GetAttributeAsync("html", "lang"));
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
                problems.Add($"{path} scrolls sideways at {width}");
            if (Chromium.Screenshots is { } folder)
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{path.Trim('/').Replace('/', '-').Replace('?', '-')}.{language}.{width}.png"), FullPage = true });
        }

        Assert.Empty(problems);
    }

    [ChromiumFact]
    public async Task EveryControl_IsReachedByTheTabulatorAndShowsItsFocus()
    {
        await using var context = await factory.OpenAsync("en");
        var page = await factory.SignInAsync(context);
        foreach (var path in await ReadPathsAsync(page))
        {
            await page.GotoAsync(path);
            var wanted = await page.EvaluateAsync<int>(
                "[...document.querySelectorAll('a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary')].filter(e => e.checkVisibility() && !(e.type === 'radio' && !e.checked && document.querySelector(`input[name=\"${e.name}\"]:checked`))).length");
            await page.EvaluateAsync("() => { document.activeElement?.blur?.(); window.reached = new Set(); window.unseen = []; }");
            var stops = wanted + (4 * await page.EvaluateAsync<int>("document.querySelectorAll('input[type=date]').length")); // year, month, day and calendar are a stop each
            for (var i = 0; i <= stops + 2; i++)
            {
                await page.Keyboard.PressAsync("Tab");
                await page.EvaluateAsync(
                    "() => { const e = document.activeElement; if (e === document.body) return; reached.add(e); const s = getComputedStyle(e); if (s.outlineStyle === 'none' && !e.matches('iframe')) unseen.push(e.outerHTML); }");
            }

            Assert.Empty(await page.EvaluateAsync<string[]>("window.unseen"));
            Assert.True(await page.EvaluateAsync<int>("window.reached.size") >= wanted, $"{path}: {await page.EvaluateAsync<int>("window.reached.size")} of {wanted} controls are reached");
        }
    }

    [ChromiumFact]
    public async Task IdlePage_IsLeftBeforeSomebodyElseReadsIt()
    {
        await using var context = await factory.OpenAsync("en");
        await context.Clock.InstallAsync();
        var page = await factory.SignInAsync(context);
        var left = page.WaitForRequestAsync("**/unlock?to=%2F");
        await context.Clock.FastForwardAsync(603_000);
        Assert.True((await left).IsNavigationRequest);
    }

    private static async Task<string[]> ReadPathsAsync(IPage page)
    {
        var paths = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('nav a')].map(link => link.getAttribute('href'))");
        Assert.True(paths.Length >= 3, "the navigation is empty");
        await page.GotoAsync("/units");
        var unit = await page.GetAttributeAsync("tbody a", "href");
        return [.. paths, unit!, "/units?prefix=30-12", "/audit?from=yesterday", .. Bare];
    }
}
