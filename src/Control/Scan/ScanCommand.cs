using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Control.Scan;

/// <summary><c>stationctl scan</c>: types a barcode into a line's virtual scanner and tells what the station made of it.</summary>
public static class ScanCommand
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VerdictLimit = TimeSpan.FromMinutes(1);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var code = new Argument<string>("barcode") { Description = "What the scanner reads, such as 3012-100001. It is typed as it is, so that a wrong one can be tried too." };
        var line = new Option<string>("--line") { Description = "The line whose scanner it is.", Required = true };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for the verdict." };
        var command = new Command("scan", "Scans a nameplate at a line.") { code, line, noWait }.WithExamples("stationctl scan 3012-100001 --line 1001");
        return ControlContext.Run(command, (context, parsed, cancellationToken) =>
            ScanAsync(context, parsed.GetValue(code)!, parsed.GetValue(line)!, !parsed.GetValue(noWait), cancellationToken));
    }

    private static async Task<ExitCode> ScanAsync(ControlContext context, string code, string line, bool wait, CancellationToken cancellationToken)
    {
        var mapped = context.Map.Lines.FirstOrDefault(candidate => candidate.Line == line)
            ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no line {line}. Lines: {string.Join(", ", context.Map.Lines.Select(candidate => candidate.Line))}.");
        using var station = context.Connect(mapped.Station, Role.LineStation);
        var before = wait ? await station.FindLastEventAsync(cancellationToken) : 0;
        ScannerInput.Type(mapped.ScannerInput, code + "\r");
        return wait ? await FollowAsync(context, station, code, before, cancellationToken) : ExitCode.Ok;
    }

    private static async Task<ExitCode> FollowAsync(ControlContext context, OperatorClient station, string code, long sequence, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(VerdictLimit);
        try
        {
            while (true)
            {
                foreach (var happened in await station.GetEventsAsync(sequence, LongPoll, limit.Token))
                {
                    sequence = Math.Max(sequence, happened.Sequence);
                    if (happened.Verdict is { } verdict && IsAbout(happened, code))
                        return Tell(context, happened, verdict);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(ErrorCode.NotFound, $"The station gave no verdict within {VerdictLimit.TotalSeconds:F0} s. The same code twice within a second counts once.");
        }
    }

    /// <summary>Others may scan at the same line: a verdict is ours if it names our number, or names none because our code is none.</summary>
    private static bool IsAbout(StationEvent verdict, string code) =>
        MachineNumber.TryParse(code, out _) ? verdict.MachineNumber == code : verdict.MachineNumber is null;

    private static ExitCode Tell(ControlContext context, StationEvent happened, Verdict verdict)
    {
        if (context.Json)
            ControlContext.PrintJson(happened);
        else if (verdict == Verdict.Pass)
            Console.WriteLine($"OK 合格  {happened.MachineNumber}  {happened.Seconds:F2} s");
        else
            Console.WriteLine($"{(verdict == Verdict.Fail ? "NG 不合格" : "BLOCKED")}  {happened.MachineNumber}  {happened.Message} ({happened.Code})");
        return verdict == Verdict.Pass ? ExitCode.Ok : ExitCode.Conflict;
    }
}
