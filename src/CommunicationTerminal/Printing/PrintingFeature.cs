using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.Printing.Pdf;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>Rating plates and check sheets (P-33).</summary>
internal static class PrintingFeature
{
    private const int MaxJobs = 200;

    /// <summary>Registers plates and sheets.</summary>
    public static void AddPrinting(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(Settings.Read<PrintingOptions>(builder.Configuration, "Printing"))
        .AddSingleton<JapaneseFont>()
        .AddSingleton<PrintJobs>()
        .AddSingleton<PrintedPages>()
        .AddSingleton<PrintSheetsEndpoint>()
        .AddSingleton<GetCheckSheet>();

    /// <summary>Adds what stations call. It is no request of the line's order of arrival: no scan waits for a sheet.</summary>
    public static void AddCheckSheets(this SoapEndpoint soap, IServiceProvider services) =>
        soap.Operation<GetCheckSheetRequest, GetCheckSheetResponse>(services.GetRequiredService<GetCheckSheet>().HandleAsync, Role.LineStation);

    /// <summary>
    /// Maps plates and sheets for operators, and what the print page opens or downloads. An order is a POST with an id of the caller's; its pages can be fetched any number of times, each
    /// on record.
    /// </summary>
    public static void MapPrinting(this WebApplication app, RouteGroupBuilder api)
    {
        api.MapPost("/print", (PrintJobs jobs, PrintOrder order, HttpContext context) => jobs.OrderAsync(order, context.GetPeer().ToString(), context.RequestAborted)).RequireRole(Role.Operator);
        api.MapPost("/print/look", (PrintJobs jobs, PrintOrder order) => jobs.Look(order).Job).RequireRole(Role.Operator);
        api.MapGet("/print", (PrintJobs jobs, int? limit) => limit is null or (>= 1 and <= MaxJobs)
            ? jobs.Latest(limit ?? 50)
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 to {MaxJobs}.")).RequireRole(Role.Operator);
        api.MapGet("/print/layouts", (PrintingOptions options) => options.Layouts.Select(
            layout => new PrintLayout(layout.Name, layout.LabelWidth, layout.LabelHeight, layout.Width, layout.Height, layout.PerPage))).RequireRole(Role.Operator);
        api.MapGet("/print/{id}", (PrintJobs jobs, string id) => jobs.Find(id)).RequireRole(Role.Operator);
        api.MapGet("/print/{id}/pdf", (PrintJobs jobs, PrintedPages pages, string id, HttpContext context) => SendPdfAsync(context, jobs, pages, id, context.GetPeer().ToString())).RequireRole(Role.Operator);

        var pages = app.MapForManagers(AccountRole.Supervisor);
        pages.MapGet("/print/{id}/pdf", (PrintJobs jobs, PrintedPages printed, string id, HttpContext context) => SendPdfAsync(context, jobs, printed, id, ManagerIdentity.Of(context).Actor));
        pages.MapGet("/print/{id}/sheets", (PrintSheetsEndpoint sheets, string id, HttpContext context) => sheets.SendAsync(context, id));
        pages.MapGet("/print/{id}/page.css", (PrintSheetsEndpoint sheets, string id) => sheets.Style(id));
    }

    /// <summary>Sends the PDF of a printing as it is made, on record before it begins.</summary>
    internal static async Task SendPdfAsync(HttpContext context, PrintJobs jobs, PrintedPages pages, string id, string actor)
    {
        var job = jobs.Find(id);
        await jobs.DeliverAsync(job, actor, "PDF", context.RequestAborted);
        context.Response.ContentType = PrintedPages.PdfType;
        context.Response.Headers.ContentDisposition = $"attachment; filename={PrintedPages.FileName(job)}";
        await pages.WritePdfAsync(job, context.Response.BodyWriter, context.RequestAborted);
    }
}
