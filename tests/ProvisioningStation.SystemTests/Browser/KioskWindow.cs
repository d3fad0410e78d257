using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>One browser that shows a line's kiosk, and what has to be true of every picture it shows.</summary>
public sealed class KioskWindow : IAsyncDisposable
{
    /// <summary>Notes every state that is shown, with its step, so that none is missed that is soon over.</summary>
    private const string Watch = """
        addEventListener("DOMContentLoaded", () => {
          window.seen = [];
          const note = () => {
            const section = document.querySelector("#lost:not([hidden])") ?? document.querySelector("[data-state]");
            const now = section.id === "lost" ? "Lost" : section.dataset.state + (section.querySelector("progress") ? " " + section.querySelector("progress").value + "/" + section.querySelector("progress").max : "");
            if (window.seen.at(-1)?.what !== now) window.seen.push({ what: now, at: Date.now(), text: section.textContent.replace(/\s+/g, " ") });
          };
          note();
          new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
        });
        """;

    /// <summary>screens.md: nothing under 24 px, touch targets of 90 px, verdict 200, number 96, instruction 64; and nothing is cut off: only the last results may have to be scrolled, on a small screen.</summary>
    private const string Measure = """
        () => {
          const wrong = [];
          const area = document.querySelector("#lost:not([hidden])") ?? document.querySelector("dialog[open]") ?? document.body;
          const say = (element, what) => wrong.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
          for (const element of area.querySelectorAll("*")) {
            if (!element.checkVisibility({ visibilityProperty: true })) continue;
            const size = parseFloat(getComputedStyle(element).fontSize);
            const box = element.getBoundingClientRect();
            const hasText = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
            if (hasText && size < 24) say(element, `text of ${size} px`);
            if (element.matches("button, a, input, select") && (box.height < 90 || box.width < 90)) say(element, `touch target of ${box.width} x ${box.height}`);
            if (element.matches(".verdict") && size < 200) say(element, `verdict of ${size}`);
            if (element.matches(".number") && size < 96) say(element, `number of ${size}`);
            if (element.matches(".instruction") && size < 64) say(element, `instruction of ${size}`);
            if ((hasText || element.matches("button, progress")) && (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)) say(element, `outside of the window (${Math.round(box.left)} ${Math.round(box.top)} ${Math.round(box.right)} ${Math.round(box.bottom)})`);
            if (getComputedStyle(element).overflow !== "visible" && !(element.matches("[tabindex]") && innerHeight < 1000) && (element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1)) say(element, "cut off");
          }
          return wrong;
        }
        """;

    /// <summary>axe-core, with 7:1 for all text; where it is not sure of a contrast that is a problem too, except for keys of one character.</summary>
    private const string Check = """
        async () => {
          const { violations, incomplete } = await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, rules: { 'color-contrast-enhanced': { enabled: true } } });
          const unsure = incomplete.filter(one => one.id.startsWith('color-contrast')).map(one => ({ ...one, nodes: one.nodes.filter(node => !['shortTextContent', 'nonBmp'].includes(node.any[0].data.messageKey)) }));
          return [...violations, ...unsure].flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
        }
        """;

    /// <summary>Milliseconds that the browser has for anything, on a machine that does other things too.</summary>
    internal const float Patience = 120_000;

    private readonly IBrowserContext _context;
    private readonly string _language;

    private readonly List<string> _problems = [];

    private KioskWindow(IBrowserContext context, IPage page, string language) => (_context, Page, _language) = (context, page, language);

    public IPage Page { get; }

    public static async Task<KioskWindow> OpenAsync(IBrowserContext context, string language)
    {
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        await page.AddInitScriptAsync(Watch);
        var window = new KioskWindow(context, page, language);
        page.PageError += (_, error) => window._problems.Add($"{language}: {error}");
        await page.GotoAsync("/");
        Assert.Equal(language, await page.GetAttributeAsync("html", "lang"));
        return window;
    }

    /// <summary>Waits until this state is shown, with this text somewhere on it. A Pass is over in a second and a half: that it was shown is enough.</summary>
    public async Task ShowsAsync(string state, string text = "", int seconds = 60)
    {
        try
        {
            if (state == "Pass")
                await Page.WaitForFunctionAsync("text => window.seen.some(one => one.what === 'Pass' && one.text.includes(text))", text, new PageWaitForFunctionOptions { Timeout = seconds * 1000, PollingInterval = 100 });
            else
                await Page.Locator($"[data-state={state}]").Filter(new LocatorFilterOptions { HasText = text }).WaitForAsync(new LocatorWaitForOptions { Timeout = seconds * 1000 });
        }
        catch (TimeoutException)
        {
            Assert.Fail($"No {state} with '{text}' in {_language}, but {Regex.Replace(await Page.InnerTextAsync("body"), @"\s+", " ")}");
        }
    }

    /// <summary>Waits until something is in the page, or is gone from it.</summary>
    public Task WaitAsync(string selector, bool gone = false, int seconds = 60) => Page.WaitForSelectorAsync(
        selector, new PageWaitForSelectorOptions { State = gone ? WaitForSelectorState.Hidden : WaitForSelectorState.Visible, Timeout = seconds * 1000 });

    /// <summary>The states that were shown since the last call, one after the other, each with its step.</summary>
    public Task<string[]> TakeSeenAsync() => Page.EvaluateAsync<string[]>("window.seen.splice(0, window.seen.length - 1).concat(window.seen).map(one => one.what)");

    /// <summary>When, in milliseconds since 1970, a state was shown for the last time.</summary>
    public Task<double> WhenAsync(string state) => Page.EvaluateAsync<double>("state => window.seen.findLast(one => one.what.startsWith(state)).at", state);

    /// <summary>When the picture changed for the first time since <see cref="TakeSeenAsync"/>.</summary>
    public Task<double> FindFirstChangeAsync() => Page.EvaluateAsync<double>("window.seen[1].at");

    /// <summary>Presses the keys of a code and Enter as a scanner that is a keyboard does, five milliseconds apart by the browser's clock: how busy the machine is changes nothing about them.</summary>
    public async Task ScanAsync(string code)
    {
        var session = await _context.NewCDPSessionAsync(Page);
        string[] keys = [.. code.Select(letter => letter.ToString()), "Enter"];
        var first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (5 * keys.Length);
        await Task.WhenAll(keys.SelectMany((key, i) => new[] { "keyDown", "keyUp" }.Select(type => session.SendAsync("Input.dispatchKeyEvent", new Dictionary<string, object>
        {
            ["type"] = type,
            ["key"] = key,
            ["text"] = type == "keyUp" ? string.Empty : key == "Enter" ? "\r" : key,
            ["timestamp"] = (first + (5 * i)) / 1000.0,
        }))));
        await session.DetachAsync();
    }

    /// <summary>Presses keys with a pause between them, as a person does.</summary>
    public Task TypeAsync(string text, float milliseconds) => Page.Keyboard.TypeAsync(text, new KeyboardTypeOptions { Delay = milliseconds });

    /// <summary>Acknowledges what is held, as a person without a scanner does.</summary>
    public async Task AcknowledgeAsync()
    {
        await Page.Keyboard.PressAsync("Enter");
        await ShowsAsync("Idle");
    }

    /// <summary>Texts and controls that can't be brought into the window by scrolling.</summary>
    public Task<string[]> FindOutOfReachAsync() => Page.EvaluateAsync<string[]>(
        """
        () => [...(document.querySelector("dialog[open]") ?? document.querySelector("#screen")).querySelectorAll("*")].filter(element => {
          if (!element.checkVisibility() || element.closest("svg") || ![...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim())) return false;
          element.scrollIntoView({ block: "center", inline: "center" });
          const box = element.getBoundingClientRect();
          return box.top < -1 || box.bottom > innerHeight + 1 || box.left < -1 || box.right > innerWidth + 1;
        }).map(element => element.outerHTML.slice(0, 160))
        """);

    /// <summary>Looks at what is shown now: keeps its picture where somebody wants pictures, measures it, and asks axe-core.</summary>
    public async Task LookAsync(string name)
    {
        if (Chromium.Screenshots is { } folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"kiosk-{name}.{_language}.{Page.ViewportSize!.Width}.png") });
        _problems.AddRange((await Page.EvaluateAsync<string[]>(Measure)).Select(problem => $"{name} {_language}: {problem}"));
        if (Chromium.Axe is not { } axe)
            return;
        await Page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        _problems.AddRange((await Page.EvaluateAsync<string[]>(Check)).Select(problem => $"{name} {_language}: {problem}"));
    }

    /// <summary>Nothing was wrong with the pictures so far.</summary>
    public void AssertWell() => Assert.True(_problems.Count == 0, string.Join('\n', _problems));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
