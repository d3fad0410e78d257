using System.Text.Json;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory;

/// <summary>The written result of a run (<c>--report FILE</c>).</summary>
/// <param name="Planned">Units in today's plan of the managed models.</param>
/// <param name="Issued">How many of those have a certificate.</param>
/// <param name="Written">Units of this run whose board wrote and verified its certificate.</param>
/// <param name="Proved">Units of this run whose board answered a handshake with it.</param>
/// <param name="Failed">Units of this run that did not get that far.</param>
/// <param name="Units">Each unit of this run.</param>
public sealed record RunReport(int Planned, int Issued, int Written, int Proved, int Failed, IReadOnlyList<ReportedUnit> Units)
{
    private static readonly JsonSerializerOptions Indented = new(JsonForm.Options) { WriteIndented = true };

    /// <summary>Puts the day and the run's outcomes together.</summary>
    public static RunReport Of(DaySummary day, IReadOnlyList<UnitOutcome> outcomes) => new(
        day.Models.Sum(model => model.Planned),
        day.Models.Sum(model => model.Issued),
        outcomes.Count(outcome => outcome.Written),
        outcomes.Count(outcome => outcome.Verdict == Verdict.Pass),
        outcomes.Count(outcome => outcome.Verdict != Verdict.Pass),
        [.. outcomes.Select(outcome => new ReportedUnit(
            outcome.MachineNumber,
            outcome.Line,
            outcome.BoardDirectory,
            outcome.Verdict,
            outcome.Code,
            outcome.CertificateFingerprint,
            outcome.Attempts,
            outcome.Seconds))]);

    /// <summary>Writes the report, whole or not at all.</summary>
    public void Write(string file) => DurableFile.Write(Path.GetFullPath(file), JsonSerializer.SerializeToUtf8Bytes(this, Indented));
}

/// <summary>One unit in the report. <paramref name="Seconds"/> run from the scan's last byte to the verdict.</summary>
public sealed record ReportedUnit(
    string MachineNumber,
    string Line,
    string BoardDirectory,
    Verdict Verdict,
    string? Code,
    string? CertificateFingerprint,
    int Attempts,
    double Seconds);
