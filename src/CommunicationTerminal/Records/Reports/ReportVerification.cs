using System.Security.Cryptography;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records.Reports;

/// <summary>
/// Compares what is on record now with what was signed of it: every recorded step of a unit that a report holds must be as it was, and the units of a day must be as the latest report of the
/// day says, unless later steps explain it.
/// </summary>
internal sealed class ReportVerification(DayReports reports, ReportedUnits units, ReportedEvents events, AuditReader audit, TlsIdentity identity)
{
    /// <summary>Compares everything; <paramref name="progress"/> is told how many reports are done.</summary>
    public ReportCheck Run(CancellationToken cancellationToken, Action<int>? progress = null)
    {
        var findings = new List<string>();
        var (count, steps, until) = (0, 0L, 0L);
        for (var one = reports.FindBehind(0); one is not null; one = reports.FindBehind(one.ReportId))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (signed, report) = (one.Signed, one.Report);
            var name = $"Report {FactoryClock.Stored(signed.Date)}, version {signed.Version}";
            if (Convert.ToHexStringLower(SHA256.HashData(signed.Content)) != signed.Sha256)
                findings.Add($"{name}: its content is not the one that was made.");
            else if (CheckpointSeal.FindProblem(signed.Content, signed.Signature, signed.Certificate, signed.MadeAt, identity.Root, Role.CommunicationTerminal) is { } problem)
                findings.Add($"{name} is not to be believed: {problem}.");
            if (audit.Find(new AuditFilter($"report {FactoryClock.Stored(signed.Date)}", null, DayReportJob.Action, null, null), long.MaxValue, 1000)
                .All(entry => !entry.Detail.StartsWith($"version={signed.Version} sha256={signed.Sha256} ", StringComparison.Ordinal)))
            {
                findings.Add($"{name}: the audit trail has no entry of it.");
            }

            if (report.Events.After != until)
                findings.Add($"{name}: it begins behind step {report.Events.After}, but the report before ends with step {until}: a report is missing.");
            if (events.ReadAgain(report.Events.After, report.Events.Until, cancellationToken) is var now && now != report.Events)
                findings.Add($"{name}: the recorded steps {report.Events.After + 1} to {report.Events.Until} are not as they were: {Explain(report.Events, now)}.");
            (count, steps, until) = (count + 1, steps + report.Events.Count, report.Events.Until);
            progress?.Invoke(count);
        }

        findings.AddRange(FindChangedDays(until));
        return new ReportCheck(count, steps, findings);
    }

    private static string Explain(EventDigest then, EventDigest now) =>
        now.Count < then.Count ? $"{then.Count - now.Count} of {then.Count} are missing" : now.Count > then.Count ? $"there are {now.Count - then.Count} more" : "at least one was changed";

    /// <summary>Days whose units are not as their latest report says, though nothing was recorded since that could have changed them.</summary>
    private IEnumerable<string> FindChangedDays(long until)
    {
        if (events.HasMoves(until))
            yield break; // units left a day that nobody can name now; the next report tells
        var touched = events.FindTouchedDays(until, long.MaxValue, DateOnly.MaxValue).ToHashSet(); // what was done to them today is compared when the day is over
        foreach (var day in reports.FindDaysFrom(DateOnly.MinValue).Where(day => !touched.Contains(day)))
        {
            if (reports.Find(day, null) is { } latest && units.Read(day).Digest != latest.Report.Units)
                yield return $"Report {FactoryClock.Stored(day)}, version {latest.Report.Version}: its units are not as they were, and no recorded step says why.";
        }
    }
}
