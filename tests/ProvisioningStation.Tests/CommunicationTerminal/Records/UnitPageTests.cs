using System.Net;
using Dapper;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Records;

/// <summary>Searching units and reading one's history as the manager does, with what hostile plan data and boards could put there.</summary>
public sealed class UnitPageTests : IAsyncLifetime
{
    private const string Hostile = "<script>alert(1)</script>";

    private RunningPages _pages = null!;
    private ManagerBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _pages = await RunningPages.StartAsync("--Factory:TimeZone=Asia/Tokyo");
        await _pages.Get<Database>().WriteAsync(
            (connection, transaction) =>
            {
                for (var i = 1; i <= 120; i++)
                {
                    connection.Execute(
                        """
                        INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt, line, written_at, firmware_version)
                        VALUES (@number, '3012', '2026-11-21', @hostile, 0, @state, 1, @line, @written, @hostile)
                        """,
                        new { number = $"3012-{i:D6}", state = i == 7 ? "Blocked" : "Stored", line = i == 7 ? Hostile : null, written = i == 7 ? "2026-11-20T15:30:00.000Z" : null, hostile = i == 7 ? Hostile : null },
                        transaction);
                }

                connection.Execute(
                    "INSERT INTO unit_event (machine_number, at, what, who, line, attempt, detail) VALUES ('3012-000007', '2026-11-20T15:30:00.000Z', 'Failed', @who, @Hostile, 1, @Hostile)",
                    new { who = "station " + Hostile, Hostile },
                    transaction);
            },
            default);
        _browser = await _pages.SignInAsync(AccountRole.Viewer);
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _pages.DisposeAsync();
    }

    [Fact]
    public async Task Search_ShowsAPage_AndTheWayForthAndBack()
    {
        var first = await _browser.GetAsync("/units?prefix=3012");
        Assert.Contains("50 units on this page", first.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/units/3012-000050\"", first.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Previous page", first.Text, StringComparison.Ordinal);
        var second = await _browser.GetAsync(Link(first, "next"));
        Assert.Contains("href=\"/units/3012-000051\"", second.Html, StringComparison.Ordinal);
        var back = await _browser.GetAsync(Link(second, "prev"));
        Assert.Contains("href=\"/units/3012-000001\"", back.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("３０１２－００００５")] // typed with a Japanese keyboard
    [InlineData(" 3012-00005 ")]
    public async Task NumberTypedAnotherWay_IsUnderstood(string typed)
    {
        var page = await _browser.GetAsync("/units?prefix=" + Uri.EscapeDataString(typed));
        Assert.Contains("10 units on this page", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Blocked", "2026-11-21 00:30:00", "No unit fits.")]
    [InlineData("ja", "停止", "2026-11-21 00:30:00", "該当する製品はありません。")]
    public async Task State_IsToldInWords_AndTimesAreTheFactorys(string language, string state, string written, string nothing)
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer, language);
        var page = await browser.GetAsync("/units?state=Blocked");
        Assert.Contains($"<span class=\"badge bad\">{state}</span>", page.Html, StringComparison.Ordinal);
        Assert.Contains(written, page.Text, StringComparison.Ordinal);
        Assert.Contains(nothing, (await browser.GetAsync("/units?state=Scrapped")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/units?state=Blocked")]
    [InlineData("/units/3012-000007")]
    [InlineData("/units?line=%3Cscript%3Ealert(1)%3C/script%3E&model=%22%3E%3Cimg+src=x+onerror=alert(1)%3E")]
    public async Task WhatStationsBoardsOrVisitorsSay_IsTextOnly(string path)
    {
        var page = await _browser.GetAsync(path);
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page.Html, StringComparison.Ordinal);
        Assert.Contains("alert(1)", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/units?prefix=30-12")]
    [InlineData("/units?from=3012-000009&to=3012-000001")]
    [InlineData("/units?planFrom=yesterday")]
    [InlineData("/units?cursor=s%2B3012-000001")]
    public async Task SearchThatMakesNoSense_IsToldOnThePage(string path)
    {
        var page = await _browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Check what you entered.", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownUnit_IsNotFound_InWords()
    {
        var page = await _browser.GetAsync("/units/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
        page = await _browser.GetAsync("/units/3012-999999");
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Contains("There is no such unit", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Csv_IsForSpreadsheets_AndHasNoFormulas()
    {
        await _pages.Get<Database>().WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE unit SET firmware_version = '=cmd|'' /C calc''!A0' WHERE machine_number = '3012-000007'", transaction: transaction),
            default);
        using var response = await _browser.Http.GetAsync("/units.csv?state=Blocked");
        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.True(bytes.AsSpan().StartsWith(new byte[] { 0xEF, 0xBB, 0xBF }));
        Assert.Contains(",'=cmd|' /C calc'!A0,", System.Text.Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        using var stranger = _pages.Browser();
        Assert.Contains("/sign-in", (await stranger.GetAsync("/units.csv")).Path, StringComparison.Ordinal);
    }

    private static string Link(PageAnswer page, string rel) =>
        WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(page.Html, $"rel=\"{rel}\" href=\"([^\"]*)\"").Groups[1].Value);
}
