using System.Security.Cryptography;
using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>
/// Makes the report of each day once the day is over in the factory, one day after the other, also of days on which the terminal was off. With each day the earlier ones are looked at again:
/// one whose units have changed since gets a further version that names the one before. Report and audit entry are one transaction, and nothing is remembered outside of it, so that a job that
/// was killed begins again where it was.
/// </summary>
internal sealed class DayReportJob(
    DayReports reports, ReportedUnits units, ReportedEvents events, Database database, AuditTrail audit, TlsIdentity identity, FactoryClock clock, FactoryOptions factory,
    TimeProvider time, HealthState health, ILogger<DayReportJob> logger) : PeriodicJob("day report", time, health, logger)
{
    /// <summary>The name of the job in health.</summary>
    public const string Action = "DayReport";

    /// <summary>How long all units of a day are compared again; units of older days by their steps only.</summary>
    private const int DaysLookedAtAgain = 45;

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => MakeDueAsync(cancellationToken);

    /// <summary>Makes all that are due.</summary>
    internal async Task MakeDueAsync(CancellationToken cancellationToken)
    {
        var isFirst = true; // those made in this run need no second look: a terminal that catches up on a year would look at each of its days 45 times
        while (FindDue() is { } day)
        {
            var last = reports.FindLast();
            var after = last?.Report.Events.Until ?? 0;
            var happened = events.ReadDay(after, day, cancellationToken);
            foreach (var earlier in DaysToLookAt(day, after, happened.Digest.Until, isFirst))
                await CorrectAsync(earlier, after, cancellationToken);
            await MakeAsync(day, null, happened, cancellationToken);
            isFirst = false;
        }
    }

    /// <summary>The next day without a report that is over: one with units, or one on which units of earlier days were worked on.</summary>
    private DateOnly? FindDue()
    {
        var last = reports.FindLastDay();
        var planned = units.FindDayBehind(last);
        var worked = events.FindDayBehind(reports.FindLast()?.Report.Events.Until ?? 0);
        if (worked is { } day && last is { } known && day <= known)
            worked = known.AddDays(1); // recorded a moment late
        var due = planned is null ? worked : worked is null || planned < worked ? planned : worked;
        return due < clock.Today ? due : null;
    }

    private IEnumerable<DateOnly> DaysToLookAt(DateOnly day, long after, long until, bool allOfLate) =>
        (allOfLate ? reports.FindDaysFrom(day.AddDays(-DaysLookedAtAgain)) : []).Concat(events.FindTouchedDays(after, until, day.AddDays(-1))).Distinct().Order();

    private async Task CorrectAsync(DateOnly day, long after, CancellationToken cancellationToken)
    {
        var earlier = reports.Find(day, null); // none where the day's units got their numbers only after it was over
        if (units.Read(day).Digest == earlier?.Report.Units)
            return;
        // A correction holds no steps of its own: those stand in the report of the day on which they were made.
        var nothing = new ReportedEvents.Reading(events.ReadAgain(after, after, cancellationToken), earlier?.Report.Lines ?? []);
        await MakeAsync(day, earlier, nothing, cancellationToken);
    }

    private async Task MakeAsync(DateOnly day, DayReports.Stored? earlier, ReportedEvents.Reading happened, CancellationToken cancellationToken)
    {
        var counted = units.Read(day);
        var made = clock.UtcNow;
        var report = new DayReport(
            DayReport.KindOfReport,
            identity.Name,
            factory.TimeZone ?? TimeZoneInfo.Local.Id,
            day,
            (earlier?.Report.Version ?? 0) + 1,
            earlier?.Signed.Sha256,
            UtcText.Parse(UtcText.Of(made)),
            counted.Models,
            happened.Lines,
            counted.Digest,
            happened.Digest,
            counted.Discrepancies);
        var content = JsonSerializer.SerializeToUtf8Bytes(report, JsonForm.Options);
        var signed = new SignedDayReport(day, report.Version, report.MadeAt, Convert.ToHexStringLower(SHA256.HashData(content)), content, identity.Sign(content), identity.ChainPem);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeReportStored);
        await database.WriteAsync(
            (connection, transaction) =>
            {
                DayReports.Insert(connection, transaction, signed);
                audit.Append(
                    connection,
                    transaction,
                    AuditTrail.Itself,
                    Action,
                    $"report {FactoryClock.Stored(day)}",
                    detail: string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"version={report.Version} sha256={signed.Sha256} units={report.Units.Count} {report.Units.Sha256} events={report.Events.After}..{report.Events.Until} {report.Events.Sha256}"));
            },
            cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterReportStored);
    }
}
