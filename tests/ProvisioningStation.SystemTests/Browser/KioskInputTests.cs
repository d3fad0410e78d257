using System.Globalization;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>What a worker does at the kiosk of a real line: a scanner that types, fingers that type, and which of them is meant.</summary>
[Collection(FactoryWithKiosk.Kiosk)]
public sealed class KioskInputTests(FactoryWithKiosk factory) : IAsyncLifetime
{
    private const string NotManaged = "A125-100001";

    /// <summary>No verdict of an earlier test stands in the way.</summary>
    public async Task InitializeAsync()
    {
        await using var window = await factory.OpenAsync("en");
        factory.Line.Scanner.Scan("%CMD-ACK");
        await window.ShowsAsync("Idle");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ChromiumFact]
    public async Task FastKeysWithEnter_AreAScan_AndSlowOnesAreNone()
    {
        await using var window = await factory.OpenAsync("en");
        await factory.ConnectNewBoardAsync();
        var (slow, unit) = (factory.NextUnit(), factory.NextUnit());
        var before = await factory.FindLastEventAsync();
        await window.TypeAsync(slow + "\n", milliseconds: 300);
        await Wait.UntilAsync("the refusal", async () => (await factory.GetEventsAsync(before)).Any(happened => happened.Code == ErrorCode.UnreadableScan));
        Assert.DoesNotContain(await factory.GetEventsAsync(before), happened => happened.MachineNumber is not null);
        Assert.Equal(UnitState.Stored, (await factory.Factory.FindUnitAsync(slow)).State);

        await Task.Delay(1200);
        await window.ScanAsync(unit);
        await window.ShowsAsync("Pass", unit);
        var passed = Assert.Single(await factory.GetEventsAsync(before), happened => happened.Verdict == Verdict.Pass);
        Assert.Equal((unit, "Wedge"), (passed.MachineNumber, passed.Source));
        window.AssertWell();
    }

    [ChromiumFact]
    public async Task NumberTouchedTwice_IsWrittenDownAsTyped_AndOneThatDiffersIsNotSent()
    {
        await using var window = await factory.OpenAsync("ja");
        await factory.ConnectNewBoardAsync();
        var unit = factory.NextUnit();
        var before = await factory.FindLastEventAsync();
        await window.Page.ClickAsync("[data-type]");
        await TouchAsync(window, unit);
        await TouchAsync(window, unit[..10] + (unit[10] == '9' ? '8' : '9'));
        await window.Page.ClickAsync("dialog [type=submit]");
        await window.WaitAsync(".problem");
        await window.LookAsync("typing-differ");
        Assert.DoesNotContain(await factory.GetEventsAsync(before), happened => happened.Step == StationStep.Scanned);

        await window.Page.ClickAsync("[data-press='']"); // the last character away, and the right one
        await window.Page.ClickAsync($"[data-press='{unit[10]}']");
        await window.Page.ClickAsync("dialog [type=submit]");
        await window.WaitAsync("dialog", gone: true);
        await window.ShowsAsync("Pass", unit);
        Assert.Equal("Typed", Assert.Single(await factory.GetEventsAsync(before), happened => happened.Verdict == Verdict.Pass).Source);
        window.AssertWell();
    }

    [ChromiumFact]
    public async Task OpenKeypad_CoversNoVerdict_AndAScanIsAScanAlsoThere()
    {
        await using var window = await factory.OpenAsync("en");
        await window.Page.ClickAsync("[data-type]");
        factory.Line.Scanner.Scan(NotManaged);
        await window.WaitAsync("dialog", gone: true);
        await window.ShowsAsync("Blocked", NotManaged);
        await window.TypeAsync("\n", milliseconds: 0);
        await window.ShowsAsync("Idle");

        await window.Page.ClickAsync("[data-type]");
        await window.TypeAsync("30", milliseconds: 200);
        await Task.Delay(1100); // the same code within a second would be the same scan
        await window.ScanAsync(NotManaged);
        await window.ShowsAsync("Blocked", NotManaged);
        await window.WaitAsync("dialog", gone: true);
        await Task.Delay(300); // an Enter within a fifth of a second behind a scan is the scanner's line feed
        await window.AcknowledgeAsync();
        window.AssertWell();
    }

    [ChromiumFact]
    public async Task Scan_IsAnsweredAtOnce()
    {
        await using var window = await factory.OpenAsync("en");
        await factory.Line.Slot.RemoveAsync();
        var (echoed, refused) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < 40 && (echoed > 100 || refused > 500); i++) // the best of some: this machine does other things too
        {
            var unit = string.Create(CultureInfo.InvariantCulture, $"3012-9{i:D5}");
            await window.TakeSeenAsync();
            var scanned = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            factory.Line.Scanner.Scan(unit);
            await window.ShowsAsync("Blocked", unit);
            echoed = Math.Min(echoed, await window.FindFirstChangeAsync() - scanned);
            refused = Math.Min(refused, await window.WhenAsync("Blocked") - scanned);
            await window.AcknowledgeAsync();
        }

        Assert.True(echoed <= 100, $"the best of forty scans was echoed after {echoed} ms");
        Assert.True(refused <= 500, $"the best of forty scans was refused after {refused} ms");
    }

    private static async Task TouchAsync(KioskWindow window, string number)
    {
        foreach (var key in number.Replace("-", string.Empty, StringComparison.Ordinal)) // the hyphen comes by itself
            await window.Page.ClickAsync($"[data-press='{key}']");
    }
}
