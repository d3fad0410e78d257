using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Display;

/// <summary>One line of text per verdict, for logs and pipes; steps would drown them.</summary>
public sealed class PlainLines(TextWriter output) : ILineDisplay
{
    /// <inheritdoc/>
    public void Happened(StationEvent happened)
    {
        if (happened.Verdict is not { } verdict)
            return;
        var attempts = happened.Attempt > 1 ? $"  attempt {happened.Attempt}" : string.Empty;
        var reason = verdict == Verdict.Pass ? string.Empty : $"  {happened.Message} ({happened.Code})";
        output.WriteLine($"line {happened.Line}  {happened.MachineNumber ?? "–",-11}  {Wording.Of(verdict),-9}  {Wording.Seconds(happened.Seconds),6} s{attempts}{reason}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The output is the caller's.
    }
}
