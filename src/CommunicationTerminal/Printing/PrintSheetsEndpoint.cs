using Microsoft.Extensions.Localization;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.Hosting.Pages;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>
/// <c>/print/{id}/sheets</c>: the pages of a printing for the browser's own print command, without the frame of the other pages, sent as they are made. The size of its paper is a
/// style sheet of its own, because nothing inline is allowed.
/// </summary>
internal sealed class PrintSheetsEndpoint(PrintJobs jobs, PrintedPages pages, IStringLocalizer<PrintText> text)
{
    /// <summary>Sends the pages, on record before they begin.</summary>
    public async Task SendAsync(HttpContext context, string id)
    {
        var job = jobs.Find(id);
        await jobs.DeliverAsync(job, ManagerIdentity.Of(context).Actor, "Page", context.RequestAborted);
        context.Response.ContentType = "text/html; charset=utf-8";
        await pages.WriteHtmlAsync(job, Head(job), "</body>\n</html>\n", context.Response.BodyWriter, context.RequestAborted);
    }

    /// <summary>The style sheet of the paper.</summary>
    public IResult Style(string id) => Results.Text(pages.PageStyle(jobs.Find(id)), "text/css; charset=utf-8");

    private string Head(PrintJob job) =>
        $"""
        <!DOCTYPE html>
        <html lang="{PageLanguages.Current}">
        <head>
        <meta charset="utf-8" />
        <title>{Html(text[$"What.{job.Document}"])} {Html(job.Selection)}</title>
        <link rel="stylesheet" href="{AssetEndpoint.Address("print.css")}" />
        <link rel="stylesheet" href="/print/{job.Id}/page.css" />
        <script src="{AssetEndpoint.Address("print.js")}" defer></script>
        </head>
        <body class="paper">
        <p class="bar"><button type="button" id="print-now">{Html(text["PrintNow"])}</button> <a href="/print/{job.Id}">{Html(text["Back"])}</a> {Html(text["PrintAdvice"])}</p>

        """;

    private static string Html(string value) => PrintedPages.Html(value);
}
