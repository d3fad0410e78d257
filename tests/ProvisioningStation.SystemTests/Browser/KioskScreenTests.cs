using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>The kiosk of a real line through every state, in both languages at once: what is shown, how large, and how it looks.</summary>
[Collection(FactoryWithKiosk.Kiosk)]
public sealed class KioskScreenTests(FactoryWithKiosk factory)
{
    [ChromiumTheory]
    [InlineData(1920, 1080)]
    [InlineData(1280, 800)]
    public async Task EveryState_IsShownInBothLanguages_AsLargeAsItHasToBe(int width, int height)
    {
        await using var japanese = await factory.OpenAsync("ja", width, height);
        await using var english = await factory.OpenAsync("en", width, height);
        KioskWindow[] windows = [japanese, english];
        await factory.ConnectNewBoardAsync();
        await LookAsync(windows, "Idle", "idle");

        // Scanned: the terminal takes its time. Writing: so does the board.
        var unit = factory.NextUnit();
        await using (await factory.HoldTheWriteAsync(unit, () => LookAsync(windows, "Scanned", "scanned", unit[5..])))
            await LookAsync(windows, "Writing", "writing", unit);
        await english.ShowsAsync("Pass", unit);
        await SaveWholePassAsync(windows);
        await LookAsync(windows, "Idle", "pass-banner", unit);
        foreach (var window in windows)
        {
            var seen = await window.TakeSeenAsync();
            var steps = seen.Where(one => one.StartsWith("Writing ", StringComparison.Ordinal)).ToList();
            Assert.Equal(["Scanned", .. steps.Order(StringComparer.Ordinal), "Pass", "Idle"], seen.SkipWhile(one => one != "Scanned"));
            Assert.Contains("Writing 4/7", steps); // the board writes and reads back
        }

        await ScanLaterAsync(unit);
        await LookAsync(windows, "Blocked", "blocked", $"line {factory.Line.Configuration.Line}.");
        await english.Page.Keyboard.PressAsync("Enter");
        await LookAsync(windows, "Idle", "acknowledged", unit);
        Assert.Equal("Typed", await FindLastAcknowledgementAsync());

        // Another product, whose board can't be written.
        await factory.ConnectNewBoardAsync();
        var simulate = Directory.CreateDirectory(Path.Combine(factory.Line.Slot.Directory, "simulate")).FullName;
        await File.WriteAllTextAsync(Path.Combine(simulate, "fail-writes"), "9");
        var failing = factory.NextUnit();
        factory.Line.Scanner.Scan(failing);
        await english.ShowsAsync("Fail", "E-WRT");
        await LookAsync(windows, "Fail", "fail", failing);
        await japanese.Page.ClickAsync("[data-acknowledge]");
        await english.ShowsAsync("Idle");
        Assert.Equal("Touch", await FindLastAcknowledgementAsync());

        // The terminal goes away, is missed before anybody scans, and comes back.
        await factory.Factory.Floor.Terminal.Process!.StopAsync();
        foreach (var window in windows)
            await window.WaitAsync(".offline");
        await LookAsync(windows, "Idle", "offline");
        factory.Line.Scanner.Scan(factory.NextUnit());
        await LookAsync(windows, "Blocked", "offline-blocked", "E-TRM");
        await factory.Factory.Floor.Terminal.RestartAsync();
        await factory.Factory.Floor.Terminal.WaitUntilHealthyAsync(CancellationToken.None);
        foreach (var window in windows)
            await window.WaitAsync(".offline", gone: true);
        await LookAsync(windows, "Blocked", "blocked-no-board", "E-TRM");
        for (var i = 0; i < 20; i++)
            factory.Line.Scanner.Scan($"NO NUMBER {i}");
        factory.Line.Scanner.Scan("%CMD-ACK");
        await LookAsync(windows, "Idle", "idle-with-results", "E-NUM");
        Assert.Equal(20, await english.Page.Locator(".results tr").CountAsync());
        await english.Page.ClickAsync("[data-type]");
        await english.LookAsync("typing");
        await japanese.Page.ClickAsync("[data-type]");
        await japanese.LookAsync("typing");

        Assert.All(windows, window => window.AssertWell());
    }

    private async Task<string?> FindLastAcknowledgementAsync() => (await factory.GetEventsAsync(0)).Last(happened => happened.Step == StationStep.Acknowledged).Source;

    private static async Task LookAsync(KioskWindow[] windows, string state, string name, string text = "")
    {
        foreach (var window in windows)
        {
            await window.ShowsAsync(state, text);
            await window.LookAsync(name);
        }
    }

    /// <summary>A PASS fills the screen for a second and a half: too short for more than its picture.</summary>
    private static Task SaveWholePassAsync(KioskWindow[] windows) => Chromium.Screenshots is null ? Task.CompletedTask : Task.WhenAll(windows.Select(window => window.LookAsync("pass")));

    /// <summary>The same code within a second would be the same scan.</summary>
    private async Task ScanLaterAsync(string unit)
    {
        await Task.Delay(1100);
        factory.Line.Scanner.Scan(unit);
    }
}
