using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ProvisioningStation.Protocol;
using ProvisioningStation.SystemTests.Browser;
using Xunit;

namespace ProvisioningStation.SystemTests.Printing;

/// <summary>The print page in a real browser, without a mouse: what it offers, what it prints, and how it looks on the way.</summary>
public sealed partial class PrintPageBrowserTests(FactoryWithPages factory) : IClassFixture<FactoryWithPages>
{
    [ChromiumTheory]
    [InlineData("en", "Plate", "Show the first page")]
    [InlineData("ja", "CheckSheet", "先頭ページを表示")]
    public async Task Manager_PrintsByKeyboardAlone_AndAScannerReadsWhatTheBrowserPrints(string language, string document, string look)
    {
        await using var context = await factory.OpenAsync(language);
        var page = await factory.SignInAsync(context, "/print");
        await page.FocusAsync($"input[value={document}]");
        await page.Keyboard.PressAsync("Space");
        Assert.Equal(look, (await page.TextContentAsync("main form[method=get] button"))!.Trim());
        await page.FocusAsync("main form[method=get] button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".preview svg");
        await SaveAsync(page, $"print-look-{document}.{language}");

        await page.FocusAsync("main form[method=post] button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(new Regex("/print/[0-9a-f-]{36}$"));
        await SaveAsync(page, $"print-job-{document}.{language}");
        var opened = await context.RunAndWaitForPageAsync(async () =>
        {
            await page.FocusAsync("a[target=_blank]");
            await page.Keyboard.PressAsync("Enter");
        });
        await opened.WaitForSelectorAsync("svg.sheet");
        await SaveAsync(opened, $"print-sheets-{document}.{language}");
        var count = await opened.Locator("svg.sheet").CountAsync();

        using var paper = new Paper();
        await opened.PdfAsync(new PagePdfOptions { Path = paper.Pdf, PreferCSSPageSize = true });
        var read = (await paper.ReadPagesAsync(150)).Select(line => line.Split(':')).ToList();
        Assert.Equal(count, read.Count);
        Assert.All(read, line => Assert.True(line[0] == "CODE-128" && MachineNumber.TryParse(line[1], out _), line[1]));
        Assert.Equal(count, read.Select(line => line[1]).Distinct(StringComparer.Ordinal).Count());
        Assert.Matches($@"Pages:\s+{count}\n", await paper.DescribeAsync());

        var download = await page.RunAndWaitForDownloadAsync(async () =>
        {
            await page.FocusAsync("a[href$='/pdf']");
            await page.Keyboard.PressAsync("Enter");
        });
        using var downloaded = new Paper();
        await download.SaveAsAsync(downloaded.Pdf);
        Assert.Equal(read.Select(line => line[1]), (await downloaded.ReadPagesAsync(300)).Select(line => line.Split(':')[1]));
    }

    [ChromiumTheory(needsAxe: true)]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task PageOnTheWay_IsAccessible_AndFitsANarrowWindow(string language)
    {
        await using var context = await factory.OpenAsync(language, width: 400);
        var page = await factory.SignInAsync(context, "/print");
        var found = new List<string>();
        foreach (var path in new[] { "/print?look=1&by=batch", "/print?look=1&by=batch&document=CheckSheet&barcode=Qr", "/print?look=1&by=units&units=nonsense" })
        {
            await page.GotoAsync(path);
            await SaveAsync(page, "print-narrow-" + NotAWord().Replace(path, "-") + language);
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > 400)
                found.Add($"{path} scrolls sideways");
            await page.EvaluateAsync(await File.ReadAllTextAsync(Chromium.Axe!));
            var violations = await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { rules: { 'color-contrast-enhanced': { enabled: true } } })).violations");
            found.AddRange(violations.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node => $"{path}: {violation.GetProperty("id")}: {node.GetProperty("html")}")));
        }

        Assert.Empty(found);
    }

    private static async Task SaveAsync(IPage page, string name)
    {
        if (Chromium.Screenshots is { } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    [GeneratedRegex(@"\W+")]
    private static partial Regex NotAWord();
}
