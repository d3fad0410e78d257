using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.Records.Reports;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>A unit's history, search, and the signed day report (P-31).</summary>
internal static class RecordsFeature
{
    /// <summary>Registers histories, search and reports.</summary>
    public static void AddRecords(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<UnitHistories>().AddSingleton<UnitSearch>().AddSingleton<UnitCsv>();
        builder.AddReports();
    }

    /// <summary>Maps histories, search and reports for operators.</summary>
    public static void MapRecords(this WebApplication app, RouteGroupBuilder api)
    {
        api.MapGet("/units", (UnitSearch search, [AsParameters] UnitQuery query, string? cursor, int? limit) => search.Find(query.ToFilter(), cursor, limit)).RequireRole(Role.Operator);
        api.MapGet(
            "/units.csv",
            (UnitCsv csv, [AsParameters] UnitQuery query, bool? bom, HttpContext context) => csv.WriteAsync(context.Response, query.ToFilter(), bom == true, context.RequestAborted)).RequireRole(Role.Operator);
        app.MapForManagers().MapGet(
            "/units.csv",
            (UnitCsv csv, HttpContext context) => csv.WriteAsync(context.Response, UnitQuery.OfForm(context.Request.Query).ToFilter(), forSpreadsheet: true, context.RequestAborted));
        app.MapReports(api);
        api.MapGet("/units/{number}", (UnitHistories histories, string number) => histories.Find(MachineNumber.Parse(number))).RequireRole(Role.Operator);
    }
}
