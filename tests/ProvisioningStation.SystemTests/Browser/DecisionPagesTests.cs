using System.Text.Json;
using Microsoft.Playwright;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>Pages Rework, Purge and Typing with something on them, in a real browser, by keyboard alone: what is shown, what is refused, and what is done.</summary>
public sealed class DecisionPagesTests(FactoryWithPages factory) : IClassFixture<FactoryWithPages>
{
    private readonly List<string> _violations = [];

    [ChromiumTheory]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task BlockedUnit_IsReleasedByKeyboard(string language)
    {
        var unit = await BlockAsync();
        await using var context = await factory.OpenAsync(language);
        var page = await factory.SignInAsync(context, "/rework");
        await LookAsync(page, "rework-full", language);
        await page.GotoAsync($"/rework?number={unit}");
        await LookAsync(page, "rework-unit", language);
        await page.FocusAsync("#release-reason");
        await FactoryWithPages.TypeAsync(page, "   ", "Enter");
        await page.WaitForSelectorAsync("[role=alert]");
        await LookAsync(page, "rework-error", language);
        await page.FocusAsync("#release-reason");
        await page.Keyboard.PressAsync("Control+A");
        await FactoryWithPages.TypeAsync(page, "flash chip resoldered", "Tab", "Enter");
        await page.WaitForURLAsync("**&done=release");
        await LookAsync(page, "rework-done", language);
        Assert.Equal(UnitState.ReissuePending, (await factory.Factory.FindUnitAsync(unit)).State);
        Assert.Empty(_violations);
    }

    [ChromiumFact]
    public async Task LeftOverPacks_AreDeletedByKeyboardOnlyWhereTheModelIsTyped()
    {
        await using var context = await factory.OpenAsync("en");
        var page = await factory.SignInAsync(context, "/purge");
        await LookAsync(page, "purge-list", "en");
        await page.GotoAsync("/purge?model=A123");
        await LookAsync(page, "purge-preview", "en");
        await page.FocusAsync("#typed");
        await FactoryWithPages.TypeAsync(page, "A125", "Tab", "Space", "Tab", "Enter");
        await page.WaitForSelectorAsync("[role=alert]");
        await LookAsync(page, "purge-error", "en");
        await using (var japanese = await factory.OpenAsync("ja"))
        {
            var other = await factory.SignInAsync(japanese, "/purge?model=A123");
            await LookAsync(other, "purge-preview", "ja");
            await other.FocusAsync("#typed");
            await FactoryWithPages.TypeAsync(other, "A123", "Tab", "Space", "Tab", "Enter");
            await other.WaitForURLAsync("**/purge?receipt=*");
            await other.WaitForFunctionAsync("() => !document.querySelector('progress')");
            await LookAsync(other, "purge-receipt", "ja");
        }

        await page.GotoAsync("/purge?model=A123");
        await LookAsync(page, "purge-nothing", "en");
        Assert.DoesNotContain(await factory.Factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, ModelCode.Parse("A123"), null, 5, CancellationToken.None), unit => unit.Line is null);
        Assert.Empty(_violations);
    }

    [ChromiumTheory]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task NumberThatIsTypedWrong_IsNeverSentAndLookAlikesAreOffered(string language)
    {
        await using var context = await factory.OpenAsync(language);
        var page = await factory.SignInAsync(context, "/typing");
        await page.WaitForFunctionAsync("async () => document.querySelector('option[value=\"1001\"]') || location.reload()");
        await LookAsync(page, "typing", language);
        await TypeAsync(page, "3012-10000l", "3012-10000l");
        await page.WaitForSelectorAsync("ul[aria-labelledby=meant] a");
        await LookAsync(page, "typing-look-alikes", language);
        await TypeAsync(page, "3012-100001", "3012-100002");
        await page.WaitForFunctionAsync("() => !document.querySelector('#meant')");
        await LookAsync(page, "typing-differ", language);
        Assert.Empty(SqliteFile.Query<string>(factory.Factory.Layout.CommunicationTerminal, "communication-terminal.db", "SELECT machine_number FROM typed_scan"));
        Assert.Empty(_violations);
    }

    private static async Task TypeAsync(IPage page, string number, string again)
    {
        await page.SelectOptionAsync("#line", "1001");
        await page.FocusAsync("#number");
        await page.Keyboard.PressAsync("Control+A");
        await FactoryWithPages.TypeAsync(page, number, "Tab", again, "Enter");
        await page.WaitForSelectorAsync("[role=alert]");
    }

    /// <summary>Three failed writes, as line 1002 reports them.</summary>
    private async Task<string> BlockAsync()
    {
        using var line = new LineCalls(factory.Factory, "1002");
        var unit = (await factory.Factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, ModelCode.Parse("3012"), null, 30, CancellationToken.None))[^1].MachineNumber;
        var number = MachineNumber.Parse(unit);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await line.RequestAsync(number);
            await line.ReportAsync(number, attempt, succeeded: false, "The flash's read-back differs at 0x1F40.");
        }

        return unit;
    }

    private async Task LookAsync(IPage page, string name, string language)
    {
        if (Chromium.Screenshots is { } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.{language}.png"), FullPage = true });
        if (Chromium.Axe is not { } axe)
            return;
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        var violations = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, rules: { 'color-contrast-enhanced': { enabled: true } } })).violations");
        _violations.AddRange(violations.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node => $"{name}: {violation.GetProperty("id")}: {node.GetProperty("html")}")));
    }
}
