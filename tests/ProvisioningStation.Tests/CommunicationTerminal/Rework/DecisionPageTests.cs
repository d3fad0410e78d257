using System.Net;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.Purging;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Rework;

/// <summary>Pages Rework, Purge and Typing, as a person without a mouse and without scripts uses them.</summary>
public sealed class DecisionPageTests
{
    [Fact]
    public async Task Rework_ReleasesAndScrapsWithReasonAndName()
    {
        await using var pages = await DecisionPages.StartAsync();
        await pages.BlockAsync("3012-100001");
        await pages.BlockAsync("3012-100002");
        using var browser = await pages.Running.SignInAsync(AccountRole.Supervisor);
        var list = await browser.GetAsync("/rework");
        Assert.Contains("Blocked 2", list.Text, StringComparison.Ordinal);
        Assert.Contains("flash <b>broken</b>", list.Text.Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<b>broken", list.Html, StringComparison.Ordinal);

        var page = await browser.GetAsync("/rework?number=3012-100001");
        var refused = await browser.SubmitAsync(page, "release", ("Input.Reason", "x"));
        Assert.Contains("Say why, in 3 to 200 characters", refused.Text, StringComparison.Ordinal);
        var released = await browser.SubmitAsync(page, "release", ("Input.Reason", "flash chip resoldered"));
        Assert.Equal("/rework?number=3012-100001&done=release", released.Path);
        Assert.Contains("3012-100001 is released", released.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed. 3012-100001 has changed since you looked", (await browser.SubmitAsync(page, "release", ("Input.Reason", "once more"))).Text, StringComparison.Ordinal);

        var other = await browser.GetAsync("/rework?number=3012100002");
        Assert.Contains("confirm that the unit will not be finished", (await browser.SubmitAsync(other, "scrap", ("Input.Reason", "board burnt"))).Text, StringComparison.Ordinal);
        var scrapped = await browser.SubmitAsync(other, "scrap", ("Input.Reason", "board burnt"), ("Input.Sure", "true"));
        Assert.Contains("3012-100002 is scrapped", scrapped.Text, StringComparison.Ordinal);
        Assert.Equal(
            ["Supervisor supervisor UnitReleased 3012-100001", "Supervisor supervisor UnitScrapped 3012-100002"],
            pages.Query("SELECT actor || ' ' || action || ' ' || subject FROM audit_event WHERE action LIKE 'Unit%' ORDER BY sequence"));
        Assert.Contains("nothing to decide", (await browser.GetAsync("/rework?number=3012-100002")).Text, StringComparison.Ordinal);
        Assert.Contains("There is no unit &#x27;", (await browser.GetAsync("/rework?number='%3Cscript%3E")).Html.Replace("&#39;", "&#x27;", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_NamesModelAndCountAndWantsTheModelTyped()
    {
        await using var pages = await DecisionPages.StartAsync();
        pages.Running.Time.Now += TimeSpan.FromDays(1);
        using var browser = await pages.Running.SignInAsync(AccountRole.Manager);
        Assert.Contains("A123 30 yes", (await browser.GetAsync("/purge")).Text, StringComparison.Ordinal);
        var page = await browser.GetAsync("/purge?model=A123");
        Assert.Contains("Delete 30 unused certificates of A123", page.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing was deleted: what was typed is not A123", (await browser.SubmitAsync(page, "purge", ("Input.Typed", "A125"))).Text, StringComparison.Ordinal);
        var done = await browser.SubmitAsync(page, "purge", ("Input.Typed", "a123"));
        Assert.StartsWith("/purge?receipt=", done.Path, StringComparison.Ordinal);
        await pages.Running.Get<PurgeJob>().CarryOutAsync(default);
        var receipt = await browser.GetAsync(done.Path);
        Assert.Contains("30 of 30 unused certificates of A123 are deleted", receipt.Text, StringComparison.Ordinal);
        Assert.Contains("Manager manager", receipt.Text, StringComparison.Ordinal);
        Assert.Contains(pages.Query("SELECT certificates_sha256 FROM purge").Single(), receipt.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing was deleted. There is no unused certificate of A123", (await browser.SubmitAsync(page, "purge", ("Input.Typed", "A123"))).Text, StringComparison.Ordinal);
        Assert.Equal(["Manager manager PurgeOrdered", "Manager manager PurgeDone"], pages.Query("SELECT actor || ' ' || action FROM audit_event WHERE subject = 'A123' ORDER BY sequence"));
    }

    [Fact]
    public async Task PurgeOfAPlannedModel_WarnsAndWantsAClearWord()
    {
        await using var pages = await DecisionPages.StartAsync();
        using var browser = await pages.Running.SignInAsync(AccountRole.Manager);
        var page = await browser.GetAsync("/purge?model=A123");
        Assert.Contains("A123 is still planned, until 2026-11-21", page.Text, StringComparison.Ordinal);
        Assert.Contains("is planned until 2026-11-21", (await browser.SubmitAsync(page, "purge", ("Input.Typed", "A123"))).Text, StringComparison.Ordinal);
        Assert.Contains("/purge?receipt=", (await browser.SubmitAsync(page, "purge", ("Input.Typed", "A123"), ("Input.EvenIfPlanned", "true"))).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Typing_PassesOnWhatWasTypedTwiceAndStandsInTodaysPlan()
    {
        await using var pages = await DecisionPages.StartAsync();
        using var browser = await pages.Running.SignInAsync(AccountRole.Supervisor);
        Assert.Contains("No station is connected", (await browser.GetAsync("/typing")).Text, StringComparison.Ordinal);
        await pages.AwaitTypedAsync("1001");
        await pages.AwaitTypedAsync("1009");
        var page = await browser.GetAsync("/typing");
        Assert.Contains("The two numbers differ", (await Type("1001", "3012-100001", "3012-100002")).Text, StringComparison.Ordinal);
        Assert.Contains("is not a machine number", (await Type("1001", "hello", "hello")).Text, StringComparison.Ordinal);
        Assert.Contains("Choose the line", (await Type("", "3012-100001", "3012-100001")).Text, StringComparison.Ordinal);
        Assert.Contains("Line 1009 may not build model A123", (await Type("1009", "A123-100001", "A123-100001")).Text, StringComparison.Ordinal);
        Assert.Contains("does not answer", (await Type("7777", "3012-100001", "3012-100001")).Text, StringComparison.Ordinal);
        var unknown = await Type("1001", "3012-10000B", "3012-10000B");
        Assert.Contains("Did you mean", unknown.Text, StringComparison.Ordinal);
        Assert.Contains("number=3012-100008", unknown.Html, StringComparison.Ordinal);
        Assert.Contains("is in no plan, so it was not sent", (await Type("1001", "3012-900001", "3012-900001")).Text, StringComparison.Ordinal);
        Assert.Null((await pages.AwaitTypedAsync("1001")).MachineNumber);

        var sent = await Type("1001", "３０１２-100001", "3012-100001");
        Assert.Equal("/typing?sent=1", sent.Path);
        Assert.Contains("3012-100001 waits for the station of line 1001", sent.Text, StringComparison.Ordinal);
        Assert.Equal("3012-100001", (await pages.AwaitTypedAsync("1001")).MachineNumber.ToString());
        Assert.Contains("The station of line 1001 has taken 3012-100001", (await browser.GetAsync("/typing?sent=1")).Text, StringComparison.Ordinal);

        Task<ManagerUi.PageAnswer> Type(string line, string number, string again) =>
            browser.SubmitAsync(page, "type", ("Input.Line", line), ("Input.Number", number), ("Input.Again", again));
    }

    [Fact]
    public async Task TypingOfAnotherDaysNumber_IsSentOnlyAfterAConfirmation()
    {
        await using var pages = await DecisionPages.StartAsync();
        using var browser = await pages.Running.SignInAsync(AccountRole.Supervisor);
        await pages.AwaitTypedAsync("1001");
        var asked = await browser.SubmitAsync("/typing", "type", ("Input.Line", "1001"), ("Input.Number", "3012-100011"), ("Input.Again", "3012-100011"));
        Assert.Contains("is planned for 2026-11-22, not for today", asked.Text, StringComparison.Ordinal);
        Assert.Contains("confirm that you have compared", (await browser.SubmitAsync(asked, "all-the-same")).Text, StringComparison.Ordinal);
        Assert.Empty(pages.Query("SELECT machine_number FROM typed_scan"));
        await browser.SubmitAsync(asked, "all-the-same", ("Input.Sure", "true"));
        Assert.Equal(["3012-100011"], pages.Query("SELECT machine_number FROM typed_scan"));
        Assert.Contains("not for today; confirmed", pages.Query("SELECT detail FROM audit_event WHERE action = 'NumberTyped'").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/rework", "手直し", "判断待ちの製品はありません")]
    [InlineData("/purge", "一括削除", "在庫の証明書はありません")]
    [InlineData("/typing", "番号入力", "接続中のライン端末がありません")]
    public async Task EmptyPage_SpeaksJapanese(string path, string heading, string said)
    {
        await using var pages = await DecisionPages.StartAsync(empty: true);
        using var browser = await pages.Running.SignInAsync(AccountRole.Manager, "ja");
        var page = await browser.GetAsync(path);
        Assert.Contains(heading, page.Text, StringComparison.Ordinal);
        Assert.Contains(said, page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/rework", nameof(AccountRole.Viewer))]
    [InlineData("/typing", nameof(AccountRole.Viewer))]
    [InlineData("/purge", nameof(AccountRole.Viewer))]
    [InlineData("/purge", nameof(AccountRole.Supervisor))]
    public async Task LesserRole_IsNotLetIn(string path, string role)
    {
        await using var pages = await DecisionPages.StartAsync(empty: true);
        using var browser = await pages.Running.SignInAsync(Enum.Parse<AccountRole>(role));
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(path)).Status);
    }
}
