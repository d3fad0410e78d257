using System.Globalization;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>The signed report of each day (P-31).</summary>
internal static class ReportsFeature
{
    private const int DefaultLimit = 100;

    /// <summary>Registers reports, their job and their check.</summary>
    public static void AddReports(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DayReports>().AddSingleton<ReportedUnits>().AddSingleton<ReportedEvents>().AddSingleton<ReportVerification>();
        builder.Services.AddJob<DayReportJob>();
    }

    /// <summary>Maps reports for operators, and their files for managers.</summary>
    public static void MapReports(this WebApplication app, RouteGroupBuilder api)
    {
        api.MapGet("/reports", (DayReports reports, string? cursor, int? limit) => reports.List(cursor, limit ?? DefaultLimit)).RequireRole(Role.Operator);
        api.MapGet("/reports/check", (ReportVerification verification, CancellationToken cancellationToken) => verification.Run(cancellationToken)).RequireRole(Role.Operator);
        api.MapGet("/reports/{date}", (DayReports reports, string date, int? version) => reports.Get(Date(date), version).Signed).RequireRole(Role.Operator);

        var files = app.MapForManagers();
        files.MapGet("/reports/{date}/{version:int}/report.json", (DayReports reports, string date, int version) => Download(reports.Get(Date(date), version).Signed, report => report.Content, "json", "application/json"));
        files.MapGet("/reports/{date}/{version:int}/report.sig", (DayReports reports, string date, int version) => Download(reports.Get(Date(date), version).Signed, report => report.Signature, "sig", "application/octet-stream"));
        files.MapGet(
            "/reports/{date}/{version:int}/report.pem",
            (DayReports reports, string date, int version) => Download(reports.Get(Date(date), version).Signed, report => System.Text.Encoding.ASCII.GetBytes(report.Certificate), "pem", "application/x-pem-file"));
    }

    /// <summary>A day from an address.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    internal static DateOnly Date(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(text)}' is no day. Expected a day such as 2026-11-21.");

    private static IResult Download(Protocol.CommunicationTerminal.SignedDayReport report, Func<Protocol.CommunicationTerminal.SignedDayReport, byte[]> part, string extension, string mediaType) =>
        Results.Bytes(part(report), mediaType, $"report-{FactoryClock.Stored(report.Date)}-{report.Version}.{extension}");
}
