using System.Net;
using Dapper;
using ProvisioningStation.CommunicationTerminal.Audit;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Records;

/// <summary>The terminal's audit trail as supervisors and managers read and check it, and the page of a day's report.</summary>
public sealed class AuditPageTests : IAsyncLifetime
{
    private const string Hostile = "<script>alert(1)</script>";

    private RunningPages _pages = null!;
    private ManagerBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _pages = await RunningPages.StartAsync("--Factory:TimeZone=Asia/Tokyo");
        for (var i = 0; i < 60; i++)
            await _pages.Get<AuditTrail>().AppendAsync("Manager manager", "Scrapped", $"3012-{i:D6}", "Done", Hostile, default);
        _browser = await _pages.SignInAsync(AccountRole.Supervisor);
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _pages.DisposeAsync();
    }

    [Fact]
    public async Task Entries_AreFoundBySubjectActionAndDay_AndAreTextOnly()
    {
        var page = await _browser.GetAsync("/audit?subject=3012-000007&action=Scrapped&actor=Manager&from=2026-11-21&to=2026-11-21");
        Assert.Contains("3012-000007", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("3012-000008", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Hostile, page.Html, StringComparison.Ordinal);
        Assert.Contains("No entry fits.", (await _browser.GetAsync("/audit?from=2026-11-22")).Text, StringComparison.Ordinal);
        Assert.Contains("Check what you entered.", (await _browser.GetAsync("/audit?from=yesterday")).Text, StringComparison.Ordinal);
        var first = await _browser.GetAsync("/audit?action=Scrapped");
        var older = await _browser.GetAsync(WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(first.Html, "rel=\"next\" href=\"([^\"]*)\"").Groups[1].Value));
        Assert.Contains("3012-000009", older.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("3012-000010", older.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckOnDemand_SaysThatAllIsWell_AndWhatIsNot()
    {
        Assert.Contains("Not checked since", (await _browser.GetAsync("/audit")).Text, StringComparison.Ordinal);
        await _pages.Get<CheckpointBook>().MakeAsync(default);
        await _browser.SubmitAsync("/audit", "check");
        var whole = await ResultAsync();
        Assert.Contains("Nothing was changed, removed or reordered", whole.Text, StringComparison.Ordinal);
        Assert.Contains("AuditChecked", whole.Text, StringComparison.Ordinal);
        await _pages.Get<Database>().WriteAsync((connection, transaction) => connection.Execute("UPDATE audit_event SET detail = 'nothing' WHERE subject = '3012-000005'", transaction: transaction), default);
        await _browser.SubmitAsync("/audit", "check");
        var broken = await ResultAsync();
        Assert.Contains("The record is NOT whole", broken.Text, StringComparison.Ordinal);
        Assert.Contains("does not have the content that was hashed", broken.Text, StringComparison.Ordinal);
        using var japanese = await _pages.SignInAsync(AccountRole.Manager, "ja");
        Assert.Contains("記録に異常があります", (await japanese.GetAsync("/audit")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_MayNotReadTheTrail_ButTheReports()
    {
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/audit")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/audit.ndjson")).Status);
        Assert.Contains("No report yet", (await viewer.GetAsync("/reports")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_IsShownInBothLanguages_WithItsFiles()
    {
        await _pages.Get<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt, line) VALUES ('3012-000001', '3012', '2026-11-20', 0, 'Stored', 1, @Hostile)", new { Hostile }, transaction),
            default);
        await _pages.Get<ProvisioningStation.CommunicationTerminal.Records.Reports.DayReportJob>().MakeDueAsync(default);
        var list = await _browser.GetAsync("/reports");
        Assert.Contains("/reports/2026-11-20/1", list.Html, StringComparison.Ordinal);
        var report = await _browser.GetAsync("/reports/2026-11-20/1");
        Assert.Contains("Planned = proved + scrapped + outstanding.", report.Text, StringComparison.Ordinal);
        using var japanese = await _pages.SignInAsync(AccountRole.Viewer, "ja");
        Assert.Contains("2026-11-20 の日報", (await japanese.GetAsync("/reports/2026-11-20/1")).Text, StringComparison.Ordinal);
        foreach (var file in new[] { "report.json", "report.sig", "report.pem" })
            Assert.NotEmpty(await _browser.Http.GetByteArrayAsync($"/reports/2026-11-20/1/{file}"));
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync("/reports/2026-11-20/2")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync("/reports/yesterday/1")).Status);
    }

    private async Task<PageAnswer> ResultAsync()
    {
        for (var i = 0; i < 1200 && _pages.Get<AuditCheck>().State is not { EndedAt: not null }; i++)
            await Task.Delay(50);
        return await _browser.GetAsync("/audit");
    }
}
