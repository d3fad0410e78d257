using System.Data.Common;
using System.Text.Json;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>The stored reports: table <c>day_report</c>, to which rows are only added.</summary>
internal sealed class DayReports(Database database)
{
    private const string Columns =
        """report_id AS "ReportId", plan_date AS "PlanDate", version AS "Version", made_at AS "MadeAt", sha256 AS "Sha256", content AS "Content", signature AS "Signature", certificate AS "Certificate" """;

    /// <summary>A stored report, opened.</summary>
    public sealed record Stored(long ReportId, SignedDayReport Signed, DayReport Report);

    private sealed record Row(long ReportId, string PlanDate, long Version, string MadeAt, string Sha256, byte[] Content, byte[] Signature, string Certificate);

    /// <summary>The report of a day; the latest version where none is said.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public Stored Get(DateOnly date, int? version) => Find(date, version)
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no report of {FactoryClock.Stored(date)}{(version is null ? string.Empty : $" of version {version}")}. A report is made when its day is over.");

    /// <summary>The report of a day, the latest version where none is said; null where there is none.</summary>
    public Stored? Find(DateOnly date, int? version) => One(
        $"SELECT {Columns} FROM day_report WHERE plan_date = @date AND version = COALESCE(@version, (SELECT MAX(version) FROM day_report WHERE plan_date = @date))",
        new { date = FactoryClock.Stored(date), version });

    /// <summary>The one that was made last; null where there is none.</summary>
    public Stored? FindLast() => One($"SELECT {Columns} FROM day_report WHERE report_id = (SELECT MAX(report_id) FROM day_report)", null);

    /// <summary>The one made first behind <paramref name="reportId"/>, in the order in which they were made.</summary>
    public Stored? FindBehind(long reportId) => One($"SELECT {Columns} FROM day_report WHERE report_id = (SELECT MIN(report_id) FROM day_report WHERE report_id > @reportId)", new { reportId });

    /// <summary>The latest day that has a report; null where none has.</summary>
    public DateOnly? FindLastDay() => database.Read(connection => connection.ExecuteScalar<string?>("SELECT MAX(plan_date) FROM day_report")) is { } day ? FactoryClock.ParseDate(day) : null;

    /// <summary>Days with a report from <paramref name="day"/> on.</summary>
    public IReadOnlyList<DateOnly> FindDaysFrom(DateOnly day) => database.Read(connection =>
        connection.Query<string>("SELECT DISTINCT plan_date FROM day_report WHERE plan_date >= @day ORDER BY plan_date", new { day = FactoryClock.Stored(day) }).Select(FactoryClock.ParseDate).ToList());

    /// <summary>Up to <paramref name="limit"/> reports before <paramref name="cursor"/>, the latest day first and of a day the latest version.</summary>
    public Page<DayReportSummary> List(string? cursor, int limit)
    {
        if (cursor is not null && !DateOnly.TryParseExact(cursor, "yyyy-MM-dd", out _))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The cursor '{Printable.Shorten(cursor)}' is none that this terminal gave. Begin without one.");
        if (limit is < 1 or > 1000)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 to 1000.");
        var rows = database.Read(connection => connection.Query<(string Date, long Version, string MadeAt, string Sha256)>(
            "SELECT plan_date, version, made_at, sha256 FROM day_report WHERE plan_date < @before ORDER BY plan_date DESC, version DESC", new { before = cursor ?? "~" }, buffered: false).Take(limit + 1).ToList());
        if (rows.Count > limit)
        {
            // A page ends between two days, so that the day is cursor enough; a day with more versions than a page holds is shown whole.
            var last = rows[^1].Date;
            rows = rows[0].Date == last ? VersionsOf(last) : rows.Where(row => row.Date != last).ToList();
            return new Page<DayReportSummary>(Summaries(rows), rows[^1].Date);
        }

        return new Page<DayReportSummary>(Summaries(rows), null);
    }

    /// <summary>Adds a report, inside the caller's transaction.</summary>
    public static void Insert(DbConnection connection, DbTransaction transaction, SignedDayReport report) => connection.Execute(
        """
        INSERT INTO day_report (report_id, plan_date, version, made_at, sha256, content, signature, certificate)
        SELECT COALESCE(MAX(report_id), 0) + 1, @date, @Version, @at, @Sha256, @Content, @Signature, @Certificate FROM day_report
        """,
        new { date = FactoryClock.Stored(report.Date), report.Version, at = UtcText.Of(report.MadeAt), report.Sha256, report.Content, report.Signature, report.Certificate },
        transaction);

    private List<(string Date, long Version, string MadeAt, string Sha256)> VersionsOf(string date) => database.Read(connection => connection.Query<(string Date, long Version, string MadeAt, string Sha256)>(
        "SELECT plan_date, version, made_at, sha256 FROM day_report WHERE plan_date = @date ORDER BY version DESC", new { date }).ToList());

    private static List<DayReportSummary> Summaries(List<(string Date, long Version, string MadeAt, string Sha256)> rows) => rows
        .Select((row, index) => new DayReportSummary(FactoryClock.ParseDate(row.Date), (int)row.Version, UtcText.Parse(row.MadeAt), row.Sha256, index == 0 || rows[index - 1].Date != row.Date))
        .ToList();

    private Stored? One(string sql, object? values) => database.Read(connection => connection.QuerySingleOrDefault<Row>(sql, values)) is not { } row ? null : new Stored(
        row.ReportId,
        new SignedDayReport(FactoryClock.ParseDate(row.PlanDate), (int)row.Version, UtcText.Parse(row.MadeAt), row.Sha256, row.Content, row.Signature, row.Certificate),
        JsonSerializer.Deserialize<DayReport>(row.Content, JsonForm.Options)!);
}
