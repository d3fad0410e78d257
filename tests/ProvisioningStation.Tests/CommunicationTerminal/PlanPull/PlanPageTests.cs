using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Dapper;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

/// <summary>The manager's page /plan: pulling, uploading, deciding, and what nobody may do there.</summary>
public sealed class PlanPageTests : IAsyncLifetime
{
    private const string Good = "date,model,count,firstSerial,line\n2026-11-21,3012,1200,,\n2026-11-22,3012,5,,1001\n2026-11-22,3013,7,,\n";

    private RunningPages _pages = null!;

    public async Task InitializeAsync() => _pages = await RunningPages.StartAsync("--PlanPull:CheckEvery=01:00:00");

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Theory]
    [InlineData("en", "There is no plan yet.", "2026-12-01 00:00, for 2026-12", "Pull now")]
    [InlineData("ja", "計画がまだありません。", "2026-12-01 00:00（2026-12 分）", "今すぐ取り込む")]
    public async Task EmptyPage_SaysWhatIsMissingAndWhatComesNext(string language, string missing, string next, string button)
    {
        using var browser = await _pages.SignInAsync(language: language);
        var page = await browser.GetAsync("/plan");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains(missing, page.Text, StringComparison.Ordinal);
        Assert.Contains(next, page.Text, StringComparison.Ordinal);
        Assert.Contains(button, page.Text, StringComparison.Ordinal);
        Assert.Contains("aria-current=\"page\"", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadedPlan_IsTakenAndShown()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor);
        var page = await UploadAsync(browser, "plan-2026-11.csv", Good);
        Assert.StartsWith("/plan?month=2026-11&pull=", page.Path, StringComparison.Ordinal);
        Assert.Contains("The plan of 2026-11 is taken: 3 rows.", page.Text, StringComparison.Ordinal);
        Assert.Contains("2026-11-21 (today) 1,200 –", page.Text, StringComparison.Ordinal);
        Assert.Contains("5 (line 1001) 7", page.Text, StringComparison.Ordinal);
        Assert.Contains("Supervisor supervisor", page.Text, StringComparison.Ordinal); // in the history
        Assert.Contains(_pages.Get<AuditReader>().ReadBehind(0, 100), happened => happened is { Action: "PlanPulled", Actor: "Supervisor supervisor", Outcome: "Applied" });
    }

    [Fact]
    public async Task FailedPull_IsSaidAndTheEarlierPlanStays()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor);
        await UploadAsync(browser, "plan-2026-11.csv", Good);
        var page = await browser.SubmitAsync("/plan", "pull");
        Assert.Contains("There was no plan of 2026-11 to take. The earlier plan stays. https://127.0.0.1:9/plan can't be reached", page.Text, StringComparison.Ordinal);
        Assert.Contains("1,200", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadThatIsNoPlan_IsRefusedInWords()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor);
        Assert.Contains("Line 1 has an unknown column", (await UploadAsync(browser, "plan.csv", "hello")).Text, StringComparison.Ordinal);
        Assert.Contains("does not end with .csv or .json", (await UploadAsync(browser, "plan.xlsx", Good)).Text, StringComparison.Ordinal);
        Assert.Contains("longer than", (await UploadAsync(browser, "plan.csv", new string('x', PlanReader.MaxBytes + 1))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CorrectionWithBadRows_IsDecidedByTheManager()
    {
        using var supervisor = await _pages.SignInAsync(AccountRole.Supervisor);
        await UploadAsync(supervisor, "plan-2026-11.csv", Good);
        await AllocatedAsync();
        var waiting = await UploadAsync(supervisor, "plan-2026-11.csv", "date,model,count,firstSerial,line\n2026-11-21,3012,1000,,\n2026-11-22,3012,5,,1001\n2026-11-22,3013,seven,,\n");
        Assert.Contains("waits for a decision: 2 good rows, 1 bad rows", waiting.Text, StringComparison.Ordinal);
        Assert.Contains("2026-11-21 3012 1200 units 1000 units 0 0 0 200 unused certificates are withdrawn.", waiting.Text, StringComparison.Ordinal);
        Assert.Contains("'seven' is not a whole number from 0 to 999999", waiting.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Confirm without the bad rows", waiting.Text, StringComparison.Ordinal);
        var id = _pages.Get<PlanDecisions>().List().Single().Pull.Id;
        var refused = await supervisor.SubmitAsync("/plan", "decide", ("decision", $"confirm-{id}"));
        Assert.Contains("NotAuthorized", refused.Text, StringComparison.Ordinal);

        using var manager = await _pages.SignInAsync();
        Assert.Contains("Confirm without the bad rows", (await manager.GetAsync("/plan")).Text, StringComparison.Ordinal);
        var confirmed = await manager.SubmitAsync("/plan", "decide", ("decision", $"confirm-{id}"));
        Assert.Contains("The plan of 2026-11 is confirmed", confirmed.Text, StringComparison.Ordinal);
        Assert.Contains("1,000", confirmed.Text, StringComparison.Ordinal);
        Assert.Contains("5 (line 1001) 7", confirmed.Text, StringComparison.Ordinal); // the bad row's day keeps its figure
        Assert.Contains("Conflict", (await manager.SubmitAsync("/plan", "decide", ("decision", $"discard-{id}"))).Text, StringComparison.Ordinal);
        Assert.Contains("BadRequest", (await manager.SubmitAsync("/plan", "decide", ("decision", "explode-1"))).Text.Replace("MalformedRequest", "BadRequest", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_LooksAndCanDoNothing()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await browser.GetAsync("/plan");
        Assert.DoesNotContain("Pull now", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"file\"", page.Html, StringComparison.Ordinal);
        using var supervisor = await _pages.SignInAsync(AccountRole.Supervisor);
        var form = Regex.Match((await supervisor.GetAsync("/plan")).Html, "name=\"_handler\" value=\"pull\"");
        Assert.True(form.Success);
        var (token, name) = await TokenAsync(browser);
        using var response = await browser.Http.PostAsync("/plan", new FormUrlEncodedContent([new("_handler", "pull"), new(name, token)]));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode); // no such form on a viewer's page
        Assert.DoesNotContain(_pages.Get<PullHistory>().List(null, 10), pull => pull.Actor.Contains("viewer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MarkupInAPlan_IsShownAsText()
    {
        using var browser = await _pages.SignInAsync();
        var page = await UploadAsync(
            browser,
            "<script>alert(1)</script>2026-11.csv",
            "date,model,count,firstSerial,line\n2026-11-21,3012,1,,\n2026-11-21,<script>alert(2)</script>,1,,\n2026-11-22,3012,1,,\"<img src=x onerror=alert(3)>\"\n2026-11-23,3012,\"=HYPERLINK(\"\"http://evil.example\"\")\",,\n");
        Assert.Contains("Waits", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(2)&lt;/script&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("'<img src=x onerror=alert(3)>' is not the name of a line", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FormWithoutItsToken_ChangesNothing()
    {
        using var browser = await _pages.SignInAsync();
        using var response = await browser.Http.PostAsync("/plan", new FormUrlEncodedContent([new("_handler", "decide"), new("decision", "confirm-1")]));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static async Task<(string Token, string Name)> TokenAsync(ManagerBrowser browser)
    {
        var page = await browser.GetAsync("/plan");
        var input = Regex.Match(page.Html, "<input[^>]*name=\"(?<name>__RequestVerificationToken)\"[^>]*value=\"(?<token>[^\"]*)\"");
        return (input.Groups["token"].Value, input.Groups["name"].Value);
    }

    private static async Task<PageAnswer> UploadAsync(ManagerBrowser browser, string name, string content)
    {
        var (token, tokenName) = await TokenAsync(browser);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("upload"), "_handler" },
            { new StringContent(token), tokenName },
        };
        var file = new ByteArrayContent(Encoding.UTF8.GetBytes(content)) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileName = $"\"{name}\"" };
        form.Add(file);
        using var response = await browser.Http.PostAsync("/plan", form);
        return response.Headers.Location is { } next
            ? await browser.GetAsync(next.ToString())
            : new PageAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.RequestMessage!.RequestUri!, response.Headers);
    }

    /// <summary>The upload has woken the batch: it gives today's units their numbers.</summary>
    private async Task AllocatedAsync()
    {
        for (var i = 0; i < 1200 && _pages.Get<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM batch_day")) == 0; i++)
            await Task.Delay(50);
    }
}
