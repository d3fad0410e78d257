using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>The page Models (P-23): stock, use, history.</summary>
public sealed class ModelsPageTests : IAsyncLifetime
{
    private RunningPages _pages = null!;
    private PlannedFloor _floor = null!;

    public async Task InitializeAsync()
    {
        _pages = await RunningPages.StartAsync();
        _floor = PlannedFloor.Of(_pages);
    }

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Fact]
    public async Task StockUseAndPlan_StandByModel()
    {
        await _floor.PlanAsync("3012", 1000);
        await _floor.PlanAsync("3012", 200, daysAgo: 3);
        await _floor.PlanAsync("3012", 7, daysAgo: 29);
        await _floor.PlanAsync("3013", 50);
        await _floor.UnitsAsync("3012", 4, UnitState.Stored);
        await _floor.UnitsAsync("3012", 2, UnitState.Stored, daysAgo: 3);
        await _floor.UnitsAsync("3012", 3, UnitState.Proved, "1001");
        await _floor.UnitsAsync("3012", 1, UnitState.Written, "1001", daysAgo: 3);
        await _floor.UnitsAsync("3012", 5, UnitState.Proved, "1001", daysAgo: 3, doneAt: _pages.Time.Now.AddDays(-3));
        await _floor.UnitsAsync("ZZZ9", 6, UnitState.Stored, daysAgo: 40);
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await browser.GetAsync("/models");
        var rows = TodayPageTests.Rows(page);
        Assert.Contains("3012 | yes | CA | 6 | 4 | 2 | 2026-11-18 | 4 | 1,200", rows);
        Assert.Contains("3013 | no | – | 0 | 0 | 0 | – | 0 | 50", rows);
        Assert.Contains("ZZZ9 | no longer listed | – | 6 | 0 | 6 | 2026-10-12 | 0 | 0", rows);
        Assert.Contains("2026-11-18 | 200 | 5", rows);
        Assert.Contains("2026-10-23 | 7 | 0", rows);
        Assert.Contains("2026-11-21 | 1,000 | 3", rows);
        Assert.Contains("ZZZ9: 6 packs are in store that nobody will use.", page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/purge?model=ZZZ9\"", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("/purge?model=3012", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingYet_ListsWhatIsConfiguredInBothLanguages()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer, "ja");
        var page = await browser.GetAsync("/models");
        Assert.Contains("3012 | 対象 | 認証局 | 0 | 0 | 0 | – | 0 | 0", TodayPageTests.Rows(page));
        Assert.DoesNotContain("<svg", page.Html, StringComparison.Ordinal);
        await browser.GetAsync("/language/en");
        Assert.Contains("3013 | no | – | 0 | 0 | 0 | – | 0 | 0", TodayPageTests.Rows(await browser.GetAsync("/models")));
    }
}
