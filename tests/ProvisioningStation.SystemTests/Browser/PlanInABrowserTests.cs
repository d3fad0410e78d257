using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>A correction of today's plan as a manager makes it: a file, what it would do, the decision, the result. Keyboard only; in both languages and in a narrow window.</summary>
public sealed class PlanInABrowserTests(FactoryWithPages factory) : IClassFixture<FactoryWithPages>
{
    [ChromiumTheory]
    [InlineData("en", 1280, 44, "Confirm without the bad rows", "is confirmed")]
    [InlineData("ja", 400, 48, "不正な行を除いて確定する", "計画を確定しました")]
    public async Task Correction_IsUploadedJudgedAndConfirmed(string language, int width, int count, string confirm, string confirmed)
    {
        await using var context = await factory.OpenAsync(language, width);
        var page = await factory.SignInAsync(context, "/plan");
        await ShowAsync(page, "pulled", language, width);
        await UploadAsync(page, "plan.csv", "hello, this is no plan");
        Assert.Equal(1, await page.Locator("p.problem[role=alert]").CountAsync());
        await ShowAsync(page, "refused", language, width);

        await UploadAsync(page, "plan.csv", string.Create(CultureInfo.InvariantCulture, $"date,model,count,line\n{DateTime.Now:yyyy-MM-dd},3012,{count},\n{DateTime.Now:yyyy-MM-dd},A123,40,<script>document.title='owned'</script>\n{DateTime.Now:yyyy-MM-dd},A12x,1,\n"));
        var button = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = confirm });
        Assert.Equal(1, await button.CountAsync());
        Assert.DoesNotContain("owned", await page.TitleAsync(), StringComparison.Ordinal);
        await ShowAsync(page, "waiting", language, width);
        await button.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText(confirmed).WaitForAsync();
        Assert.Contains(count.ToString(CultureInfo.InvariantCulture), await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await button.CountAsync());
        await ShowAsync(page, "confirmed", language, width);
    }

    private static async Task UploadAsync(IPage page, string name, string content)
    {
        await page.SetInputFilesAsync("#file", new FilePayload { Name = name, MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(content) });
        await page.FocusAsync("#file");
        await page.Keyboard.PressAsync("Tab");
        var before = page.Url;
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => url != before);
    }

    /// <summary>Nothing scrolls sideways, and axe finds nothing where it is there; a picture is taken where somebody wants to look.</summary>
    private static async Task ShowAsync(IPage page, string state, string language, int width)
    {
        if (Chromium.Screenshots is { } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"plan-{state}.{language}.{width}.png"), FullPage = true });
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{state} scrolls sideways at {width}");
        if (Chromium.Axe is null)
            return;
        await page.EvaluateAsync(await File.ReadAllTextAsync(Chromium.Axe));
        var violations = await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] } })).violations");
        Assert.Empty(violations.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node => $"{state}: {violation.GetProperty("id")}: {node.GetProperty("html")}")));
    }
}
