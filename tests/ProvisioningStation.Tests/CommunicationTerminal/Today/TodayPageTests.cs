using System.Net;
using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.OperatorApi;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>The page Today, as HTML.</summary>
public sealed class TodayPageTests : IAsyncLifetime
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
    public async Task NoPlan_SaysSoInBothLanguages()
    {
        using var english = await _pages.SignInAsync(AccountRole.Viewer);
        Assert.Contains("There is no plan for this month yet.", (await english.GetAsync("/")).Text, StringComparison.Ordinal);
        using var japanese = await _pages.SignInAsync(AccountRole.Viewer, "ja");
        Assert.Contains("今月の生産計画はまだありません。", (await japanese.GetAsync("/")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlanOfModelsWithoutCertificates_SaysSo()
    {
        await _floor.PlanAsync("3013", 1250);
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var text = (await browser.GetAsync("/")).Text;
        Assert.Contains("Today's plan has no units that get a certificate.", text, StringComparison.Ordinal);
        Assert.Contains("In the plan, without certificates: 3013 (1,250 units)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_StandByModelAndLineAndAddUp()
    {
        await FillAsync();
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var rows = Rows(await browser.GetAsync("/"));
        Assert.Equal(
            [
                "3012 | all lines | 40 | 26 | 12 | 10 | 30 | 2 | 0 | Blocked: 2",
                "3012 | 1001 | – | 1 | 9 | 8 | 3 | 1 | 0 | Blocked: 1",
                "3012 | 1002 | – | 0 | 3 | 2 | 2 | 1 | 0 | Blocked: 1",
                "A123 | 1003 | 5 | 0 | 4 | 4 | 0 | 0 | 1 | Complete",
                "All models | | 45 | 26 | 16 | 14 | 30 | 2 | 1 | Blocked: 2",
            ],
            rows.Take(5));
        var day = _pages.Get<TodayEndpoint>().Get();
        Assert.Equal([new ModelDay("3012", 40, 40, 12, 10, 2), new ModelDay("A123", 5, 5, 4, 4, 0)], day.Models);
        Assert.All(_pages.Get<TodayNumbers>().Read().Day.Models, model => Assert.Equal(model.All.Expected, model.All.Proved + model.All.Scrapped + model.All.Remaining));
    }

    [Fact]
    public async Task ShortageAndFailure_AreToldInWordsInBothLanguages()
    {
        await FillAsync();
        await _floor.PlanAsync("A125", 1, daysAgo: -1);
        await _floor.UnitsAsync("3012", 3, UnitState.Planned);
        using var english = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await english.GetAsync("/");
        Assert.Contains("3012: 2 units are blocked. A supervisor has to release or scrap them", page.Text, StringComparison.Ordinal);
        Assert.Contains("3012: 3 packs are missing in store for today's units.", page.Text, StringComparison.Ordinal);
        Assert.Contains("<span class=\"badge short\">Packs missing: 3</span>", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("A125", page.Text, StringComparison.Ordinal);
        using var japanese = await _pages.SignInAsync(AccountRole.Viewer, "ja");
        page = await japanese.GetAsync("/");
        Assert.Contains("3012: 2 台が保留になっています。", page.Text, StringComparison.Ordinal);
        Assert.Contains("在庫不足 3 件", page.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch("Packs|Written|State\\.|Problem\\.", page.Text);
    }

    [Fact]
    public async Task EverythingInStore_HasNoColour()
    {
        await _floor.PlanAsync("3012", 3);
        await _floor.UnitsAsync("3012", 3, UnitState.Stored);
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        await WaitAsync(() => _pages.Get<AuthorityContact>().State is not null);
        Assert.DoesNotMatch("class=\"(badge )?(short|bad)\"", (await browser.GetAsync("/")).Html);
    }

    [Fact]
    public async Task UnitsThatAreNotToBeBuilt_CountNowhere()
    {
        await _floor.PlanAsync("3012", 10);
        foreach (var (state, count) in new[] { (UnitState.Stored, 4), (UnitState.Withdrawn, 3), (UnitState.Purged, 2), (UnitState.Scrapped, 1), (UnitState.Proved, 3) })
            await _floor.UnitsAsync("3012", count, state);
        var figures = Assert.Single(_pages.Get<TodayNumbers>().Read().Day.Models).All;
        Assert.Equal(new ModelDay("3012", 10, 8, 3, 3, 0), Assert.Single(_pages.Get<TodayEndpoint>().Get().Models));
        Assert.Equal((8, 4, 1, 0), (figures.Expected, figures.Remaining, figures.Scrapped, figures.WithoutPack));
    }

    [Fact]
    public async Task LineThatLooksLikeMarkup_IsShownAsItIs()
    {
        const string Hostile = "<script>alert(1)</script>\" onload=\"x";
        await _floor.PlanAsync("3012", 1, Hostile);
        await _floor.UnitsAsync("3012", 1, UnitState.Stored, planLine: Hostile);
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await browser.GetAsync("/");
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuthorityThatDoesNotAnswer_IsToldWithSinceWhen()
    {
        await WaitAsync(() => _pages.Get<AuthorityContact>().State is not null);
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var text = (await browser.GetAsync("/")).Text;
        Assert.Contains("Does not answer since 2026-11-21 08:00. Last answer: none since the start.", text, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9 can't be reached", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_HasNothingInlineAndItsScript()
    {
        await FillAsync();
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.DoesNotMatch(@"<style|<script>|\son\w+=|\sstyle=|<[^>]*https?://", page.Html);
        Assert.Matches("<script src=\"/assets/live.js\\?v=[0-9a-f]{16}\" defer", page.Html);
        using var script = await browser.Http.GetAsync("/assets/live.js");
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
    }

    [Fact]
    public async Task PullAndBatch_AreRunFromHereByASupervisorOnly()
    {
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await viewer.GetAsync("/");
        Assert.Contains("href=\"/batch\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"/plan\"", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/batch\"", page.Html, StringComparison.Ordinal);
        using var supervisor = await _pages.SignInAsync(AccountRole.Supervisor);
        Assert.StartsWith("/batch", (await supervisor.SubmitAsync("/", "run")).Path, StringComparison.Ordinal);
        Assert.StartsWith("/plan", (await supervisor.SubmitAsync("/", "pull")).Path, StringComparison.Ordinal);
    }

    /// <summary>Waits for what a job does by itself.</summary>
    internal static async Task WaitAsync(Func<bool> reached)
    {
        for (var i = 0; i < 1200 && !reached(); i++)
            await Task.Delay(50);
        Assert.True(reached());
    }

    /// <summary>The rows of the tables, cells parted by bars.</summary>
    internal static IReadOnlyList<string> Rows(PageAnswer page) => Regex.Matches(page.Html, "<tr[^>]*>.*?</tr>", RegexOptions.Singleline)
        .Where(row => row.Value.Contains("<td", StringComparison.Ordinal))
        .Select(row => string.Join(" | ", Regex.Matches(row.Value, "<t[hd][^>]*>(?<cell>.*?)</t[hd]>", RegexOptions.Singleline)
            .Select(cell => WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(cell.Groups["cell"].Value, "<[^>]*>", " "), @"\s+", " ")).Trim())))
        .Select(row => row.Replace("|  |", "| |", StringComparison.Ordinal))
        .ToList();

    private async Task FillAsync()
    {
        await _floor.PlanAsync("3012", 40);
        await _floor.UnitsAsync("3012", 25, UnitState.Stored);
        await _floor.UnitsAsync("3012", 1, UnitState.Stored, "1001");
        await _floor.UnitsAsync("3012", 8, UnitState.Proved, "1001");
        await _floor.UnitsAsync("3012", 1, UnitState.Written, "1001");
        await _floor.UnitsAsync("3012", 1, UnitState.Blocked, "1001");
        await _floor.UnitsAsync("3012", 2, UnitState.Proved, "1002");
        await _floor.UnitsAsync("3012", 1, UnitState.Written, "1002");
        await _floor.UnitsAsync("3012", 1, UnitState.Blocked, "1002");
        await _floor.PlanAsync("A123", 5, "1003");
        await _floor.UnitsAsync("A123", 4, UnitState.Proved, "1003", "1003");
        await _floor.UnitsAsync("A123", 1, UnitState.Scrapped, null, "1003");
    }
}
