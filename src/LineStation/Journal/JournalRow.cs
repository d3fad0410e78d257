using System.Globalization;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>A row of the journal as the database knows it.</summary>
internal sealed class JournalRow
{
    public long Sequence { get; init; }

    public string Time { get; init; } = string.Empty;

    public string? MachineNumber { get; init; }

    public string Step { get; init; } = string.Empty;

    public string? Verdict { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }

    public int Attempt { get; init; }

    public double Seconds { get; init; }

    public string? CertificateFingerprint { get; init; }

    public int StepNumber { get; init; }

    public int StepCount { get; init; }

    public string? Worker { get; init; }

    public string? Source { get; init; }

    public static JournalRow Of(StationEvent happened) => new()
    {
        Sequence = happened.Sequence,
        Time = happened.Time.ToString("O", CultureInfo.InvariantCulture),
        MachineNumber = happened.MachineNumber,
        Step = happened.Step.ToString(),
        Verdict = happened.Verdict?.ToString(),
        Code = happened.Code?.ToString(),
        Message = happened.Message,
        Attempt = happened.Attempt,
        Seconds = happened.Seconds,
        CertificateFingerprint = happened.CertificateFingerprint,
        StepNumber = happened.StepNumber,
        StepCount = happened.StepCount,
        Worker = happened.Worker,
        Source = happened.Source,
    };

    public StationEvent ToEvent(string line) => new(
        Sequence,
        DateTimeOffset.Parse(Time, CultureInfo.InvariantCulture),
        line,
        MachineNumber,
        Enum.Parse<StationStep>(Step),
        Verdict is null ? null : Enum.Parse<Verdict>(Verdict),
        Code is null ? null : Enum.Parse<ErrorCode>(Code),
        Message,
        Attempt,
        Seconds,
        CertificateFingerprint,
        StepNumber,
        StepCount,
        Worker,
        Source);
}
