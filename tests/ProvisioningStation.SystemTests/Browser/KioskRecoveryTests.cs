using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>Browser and station of a real line end and come back in any order: the page always finds its way to the truth by itself.</summary>
[Collection(FactoryWithKiosk.Kiosk)]
public sealed class KioskRecoveryTests(FactoryWithKiosk factory) : IAsyncLifetime
{
    private const string NotManaged = "A125-100002";

    /// <summary>No verdict of an earlier test stands in the way.</summary>
    public async Task InitializeAsync()
    {
        await using var window = await factory.OpenAsync("en");
        factory.Line.Scanner.Scan("%CMD-ACK");
        await window.ShowsAsync("Idle");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ChromiumFact]
    public async Task HeldVerdict_IsThereInABrowserThatIsOpenedLater_AndBehindARestartOfTheStation()
    {
        factory.Line.Scanner.Scan(NotManaged);
        await using (var first = await factory.OpenAsync("en"))
            await first.ShowsAsync("Blocked", NotManaged);
        await using var window = await factory.OpenAsync("ja");
        await using var other = await factory.OpenAsync("en", 1280, 800);
        await window.ShowsAsync("Blocked", NotManaged);

        await factory.Line.Station.Process!.KillAsync();
        foreach (var page in new[] { window, other })
        {
            await page.WaitAsync("#lost");
            await page.LookAsync("lost");
        }

        await factory.RestartStationAsync();
        foreach (var page in new[] { window, other })
        {
            await page.WaitAsync("#lost", gone: true);
            await page.ShowsAsync("Blocked", NotManaged);
        }

        await window.AcknowledgeAsync(); // with the key of the station's new run
        await other.ShowsAsync("Idle", NotManaged);
        window.AssertWell();
        other.AssertWell();
    }

    [ChromiumFact]
    public async Task StationThatEndsInTheMiddleOfAWrite_ClaimsNothing_AndTheNextScanFinishesTheUnit()
    {
        await using var window = await factory.OpenAsync("en");
        await factory.ConnectNewBoardAsync();
        var unit = factory.NextUnit();
        await using (await factory.HoldTheWriteAsync(unit))
        {
            await window.ShowsAsync("Writing", unit);
            await factory.Line.Station.Process!.KillAsync();
            await window.WaitAsync("#lost");
        }

        await factory.RestartStationAsync();
        await window.ShowsAsync("Blocked", "E-CUT");
        await window.LookAsync("interrupted");
        factory.Line.Scanner.Scan(unit);
        await window.ShowsAsync("Pass", unit);
        window.AssertWell();
    }

    [ChromiumFact]
    public async Task PageAtTwoHundredPercent_CanBeScrolledToEverything()
    {
        await using var window = await factory.OpenAsync("en", 960, 540); // 1920 x 1080 at 200 %
        await window.ShowsAsync("Idle");
        Assert.Empty(await window.FindOutOfReachAsync());
        factory.Line.Scanner.Scan(NotManaged);
        await window.ShowsAsync("Blocked");
        Assert.Empty(await window.FindOutOfReachAsync());
        await window.AcknowledgeAsync();
        await window.Page.ClickAsync("[data-type]");
        Assert.Empty(await window.FindOutOfReachAsync());
    }
}
