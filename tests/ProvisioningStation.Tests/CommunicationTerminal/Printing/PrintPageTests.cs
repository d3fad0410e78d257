using System.Net;
using System.Text.RegularExpressions;
using Dapper;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

/// <summary>The page /print as a supervisor uses it: choose, look, print, fetch.</summary>
public sealed class PrintPageTests : IAsyncLifetime
{
    private const string Choose = "/print?look=1&by=batch&date=2026-11-21&model=3012";

    private RunningPages _pages = null!;
    private ManagerBrowser _browser = null!;

    private PrintJobs Jobs => _pages.Get<PrintJobs>();

    public async Task InitializeAsync()
    {
        _pages = await RunningPages.StartAsync();
        await _pages.Get<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "INSERT INTO unit (machine_number, model, plan_date, plan_line, at_scan, state, attempt) VALUES (@number, '3012', '2026-11-21', @line, 0, 'Planned', 1)",
                Enumerable.Range(1, 30).Select(i => new { number = $"3012-{i:D6}", line = i == 1 ? "<script>alert(1)</script>" : "1001" }),
                transaction),
            default);
        _browser = await _pages.SignInAsync(AccountRole.Supervisor);
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _pages.DisposeAsync();
    }

    [Fact]
    public async Task Supervisor_LooksPrintsAndFetches_AndTheReprintNeedsAReason()
    {
        var look = await _browser.GetAsync(Choose);
        Assert.Contains("30 rating plates (2026-11-21 3012)", look.Text, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"PREVIEW\"", look.Html, StringComparison.Ordinal);
        Assert.Empty(Jobs.Latest(1));

        var done = await _browser.SubmitAsync(look, "print");
        var job = Assert.Single(Jobs.Latest(10));
        Assert.Equal($"/print/{job.Id}", done.Path);
        Assert.Equal(("Supervisor supervisor", 30, 0), (job.Who, job.Units, job.Reprints));
        Assert.Contains("on record", done.Text, StringComparison.Ordinal);

        var pdf = await _browser.Http.GetAsync($"/print/{job.Id}/pdf");
        Assert.Equal(("application/pdf", $"plates-{job.Id}.pdf"), (pdf.Content.Headers.ContentType!.MediaType, pdf.Content.Headers.ContentDisposition!.FileName));
        Assert.True((await pdf.Content.ReadAsByteArrayAsync()).AsSpan().StartsWith("%PDF-1.7"u8));
        Assert.Equal(1, Jobs.Find(job.Id).Deliveries);

        var again = await _browser.GetAsync(Choose);
        Assert.Contains("30 of them were printed before", again.Text, StringComparison.Ordinal);
        var refused = await _browser.SubmitAsync(again, "print", ("Input.Reason", " "));
        Assert.Contains("give a reason to print again", refused.Text, StringComparison.Ordinal);
        await _browser.SubmitAsync(again, "print", ("Input.Reason", "water damage"));
        Assert.Equal((30, "water damage"), (Jobs.Latest(1)[0].Reprints, Jobs.Latest(1)[0].Reason));
    }

    [Fact]
    public async Task FormSentTwice_PrintsOnce()
    {
        var look = await _browser.GetAsync(Choose);
        await _browser.SubmitAsync(look, "print");
        await _browser.SubmitAsync(look, "print");

        Assert.Single(Jobs.Latest(10));
    }

    [Fact]
    public async Task Sheets_AreWholeWithoutAnythingInline_AndHostileTextIsText()
    {
        var look = await _browser.GetAsync("/print?look=1&document=CheckSheet&by=range&first=3012-000001&last=3012-000003&language=ja&barcode=Code39");
        Assert.DoesNotContain("<script>alert", look.Html, StringComparison.Ordinal);
        await _browser.SubmitAsync(look, "print");
        var job = Jobs.Latest(1)[0];
        Assert.Equal((PrintedDocument.CheckSheet, BarcodeKind.Code39, "ja", 3), (job.Document, job.Barcode, job.Language, job.Units));

        var page = await _browser.GetAsync($"/print/{job.Id}/sheets");
        Assert.Equal(3, Regex.Count(page.Html, "<svg class=\"sheet\" width=\"210mm\" height=\"297mm\""));
        Assert.Contains("チェックシート", page.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", page.Html, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<style|<script>|\son\w+=|\sstyle=|https?://", page.Html);
        Assert.Contains("style-src 'self'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var style = await _browser.Http.GetAsync($"/print/{job.Id}/page.css");
        Assert.Equal(("text/css", "@page { size: 210mm 297mm; margin: 0; }\n"), (style.Content.Headers.ContentType!.MediaType, await style.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("/print?look=1&by=units&units=3012-999999", "There is no unit 3012-999999", "NotFound")]
    [InlineData("/print?look=1&by=units&units=", "0 machine numbers are named", "MalformedRequest")]
    [InlineData("/print?look=1&by=batch&date=tomorrow", "is not a date", "MalformedRequest")]
    [InlineData("/print?look=1&by=batch&date=2026-11-21&layout=A4-63x38&start=99", "places 1 to 21", "MalformedRequest")]
    [InlineData("/print?look=1&by=range&first=%3Cscript%3E&last=x", "is not a machine number", "InvalidMachineNumber")]
    public async Task WrongChoice_IsSaidOnThePage_AndKeepsTheFields(string path, string message, string code)
    {
        var answer = await _browser.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(message, answer.Text, StringComparison.Ordinal);
        Assert.Contains(code, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", answer.Html.Replace("<script src", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"_handler\" value=\"print\"", answer.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_IsJapaneseForAJapaneseReader_AndListsNumbersAsTheyAreTyped()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor, "ja");
        var answer = await browser.GetAsync("/print?look=1&by=units&units=" + Uri.EscapeDataString("3012-000002、3012-000001\n3012-000002"));

        Assert.Contains("銘板 2 枚（3012-000001, 3012-000002）", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_MayNotPrint()
    {
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        await _browser.SubmitAsync(Choose, "print");
        var id = Jobs.Latest(1)[0].Id;

        foreach (var path in new[] { "/print", $"/print/{id}", $"/print/{id}/pdf", $"/print/{id}/sheets", $"/print/{id}/page.css" })
            Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync(path)).Status);
        using var stranger = _pages.Browser();
        Assert.Contains("/sign-in", (await stranger.GetAsync($"/print/{id}/pdf")).Path, StringComparison.Ordinal);
        Assert.Equal(0, Jobs.Find(id).Deliveries);
    }

    [Fact]
    public async Task UnknownPrinting_IsSaid()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync("/print/0199aa00-0000-7000-8000-000000000000/pdf")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _browser.GetAsync("/print/nonsense/pdf")).Status);
        Assert.Contains("nonsense", (await _browser.GetAsync("/print/nonsense")).Text, StringComparison.Ordinal);
    }
}
