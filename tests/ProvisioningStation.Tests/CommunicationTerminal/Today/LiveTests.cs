using System.Net;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.Today.Live;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>The stream of live numbers.</summary>
public sealed class LiveTests : IAsyncLifetime
{
    private RunningPages _pages = null!;
    private PlannedFloor _floor = null!;

    public async Task InitializeAsync()
    {
        _pages = await RunningPages.StartAsync();
        _floor = PlannedFloor.Of(_pages);
        await _floor.PlanAsync("3012", 3);
        await _floor.UnitsAsync("3012", 3, UnitState.Stored);
    }

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Theory]
    [InlineData("en", "Hour", "Remaining")]
    [InlineData("ja", "時間帯", "残り")]
    public async Task UnitThatIsProved_IsToldInTheLanguageOfThePage(string language, string hour, string remaining)
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer, language);
        using var stream = await LiveStream.OpenAsync(browser);
        var first = await stream.ShownAsync();
        Assert.Contains($"<th scope=\"col\">{hour}</th>", first, StringComparison.Ordinal);
        Assert.Contains($"<th scope=\"col\" class=\"number\">{remaining}</th>", first, StringComparison.Ordinal);
        Assert.Contains("<td class=\"number\">3</td><td class=\"number\">0</td><td class=\"number\">0</td><td class=\"number\">3</td>", Dense(first), StringComparison.Ordinal);
        await _floor.MoveOneAsync(UnitState.Stored, UnitState.Proved);
        string second;
        do
            second = await stream.ShownAsync(); // what a job found out meanwhile may be told before
        while (!Dense(second).Contains("<td class=\"number\">2</td><td class=\"number\">1</td><td class=\"number\">1</td><td class=\"number\">2</td>", StringComparison.Ordinal));
        Assert.Contains(Dense(second), Dense((await browser.GetAsync("/")).Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_HaveAStreamOfTheirOwn()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        using var stream = await LiveStream.OpenAsync(browser, "models");
        Assert.Contains("Planned this month", await stream.ShownAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoeverIsNotSignedIn_IsRefusedWithoutAPage()
    {
        using var browser = _pages.Browser();
        using var refused = await browser.Http.GetAsync("/live?of=today");
        Assert.Equal((HttpStatusCode.Unauthorized, string.Empty), (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
        using var known = await _pages.SignInAsync(AccountRole.Viewer);
        using var unknown = await known.Http.GetAsync("/live?of=nothing");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task LockedOrSignedOut_EndsTheStream()
    {
        using var browser = await _pages.SignInAsync();
        using (var stream = await LiveStream.OpenAsync(browser))
        {
            await stream.ShownAsync();
            await browser.SubmitAsync("/", "/lock");
            await stream.EndsAsync();
        }

        await browser.SubmitAsync("/unlock", "unlock", ("Input.Password", RunningPages.Password));
        using (var stream = await LiveStream.OpenAsync(browser))
        {
            await stream.ShownAsync();
            await browser.SubmitAsync("/", "/sign-out");
            await stream.EndsAsync();
        }

        await TodayPageTests.WaitAsync(() => _pages.Get<LiveFeed>().Watchers == 0);
    }

    [Fact]
    public async Task RoleThatIsTakenAway_EndsTheStream()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor);
        using var stream = await LiveStream.OpenAsync(browser);
        await stream.ShownAsync();
        await _pages.Get<Database>().WriteAsync(
            (connection, transaction) => Dapper.SqlMapper.Execute(connection, "UPDATE account SET role = 'Viewer' WHERE name = 'supervisor'", transaction: transaction),
            default);
        await stream.EndsAsync();
    }

    [Fact]
    public async Task Watching_DoesNotKeepAnIdleSessionOpen()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        using var stream = await LiveStream.OpenAsync(browser);
        await stream.ShownAsync();
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        await _floor.MoveOneAsync(UnitState.Stored, UnitState.Proved);
        await stream.ShownAsync();
        _pages.Time.Now += TimeSpan.FromMinutes(2);
        await stream.EndsAsync();
        Assert.StartsWith("/unlock", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterARestart_TheFirstEventIsTheWholeTruth()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        using (var stream = await LiveStream.OpenAsync(browser))
            await stream.ShownAsync();
        await _floor.MoveOneAsync(UnitState.Stored, UnitState.Proved);
        await _pages.RestartAsync();
        using var moved = _pages.Browser();
        moved.Cookies.Add(_pages.Pages, browser.Cookies.GetAllCookies());
        using var again = await LiveStream.OpenAsync(moved);
        Assert.Contains("<td class=\"number\">2</td><td class=\"number\">1</td>", Dense(await again.ShownAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreBrowsersThanAllowed_AreTold()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var streams = new List<LiveStream>();
        for (var i = 0; i < LiveFeed.MaxWatchers; i++)
            streams.Add(await LiveStream.OpenAsync(browser));
        await TodayPageTests.WaitAsync(() => _pages.Get<LiveFeed>().Watchers == LiveFeed.MaxWatchers);
        using var tooMany = await LiveStream.OpenAsync(browser);
        Assert.Equal("full", (await tooMany.NextAsync()).Event);
        streams.ForEach(stream => stream.Dispose());
        await TodayPageTests.WaitAsync(() => _pages.Get<LiveFeed>().Watchers == 0);
    }

    private static string Dense(string html) => System.Text.RegularExpressions.Regex.Replace(html, @">\s+<", "><").Trim();
}
