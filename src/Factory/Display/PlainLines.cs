using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Display;

/// <summary>One line of text per finished unit, for logs and pipes.</summary>
public sealed class PlainLines(TextWriter output) : ILineDisplay
{
    /// <inheritdoc/>
    public void Happened(StationEvent happened)
    {
        // Steps would drown the verdicts.
    }

    /// <inheritdoc/>
    public void Finished(UnitOutcome outcome)
    {
        var attempts = outcome.Attempts > 1 ? $"  attempt {outcome.Attempts}" : string.Empty;
        var reason = outcome.Message is { Length: > 0 } message && outcome.Verdict != Verdict.Pass ? $"  {message} ({outcome.Code})" : string.Empty;
        output.WriteLine($"line {outcome.Line}  {outcome.MachineNumber}  {Wording.Of(outcome.Verdict),-9}  {Wording.Seconds(outcome.Seconds),6} s{attempts}{reason}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The output is the caller's.
    }
}
