using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Lines;

/// <summary>
/// A simulated worker at one line: connects a board, scans the product's nameplate, waits for the verdict, puts the board away, takes the next.
/// A verdict that only says that some part is out of reach is answered as a person would: wait a little, scan again.
/// </summary>
public sealed class Worker(LineConfiguration line, BoardSlot slot, VirtualScanner scanner, OperatorClient station, UnitSource units)
{
    private const int ScansPerUnit = 5;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan VerdictLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PauseBeforeScanningAgain = TimeSpan.FromSeconds(2);

    private bool _written;

    /// <summary>Builds one unit, or returns null where there is nothing left to build.</summary>
    public async Task<UnitOutcome?> BuildOneAsync(CancellationToken cancellationToken)
    {
        await slot.PutAwayFinishedAsync();
        var machineNumber = slot.Current?.MachineNumber ?? await units.FindNextAsync(cancellationToken);
        if (machineNumber is null)
            return null;
        if (slot.Board is null)
            await slot.ConnectAsync(cancellationToken);
        slot.Assign(machineNumber);
        _written = false;
        var verdict = await ScanUntilDecidedAsync(machineNumber, cancellationToken);
        var outcome = new UnitOutcome(
            machineNumber,
            line.Line,
            slot.Directory,
            verdict.Verdict!.Value,
            _written,
            verdict.Code?.ToString(),
            verdict.Message,
            verdict.CertificateFingerprint,
            verdict.Attempt,
            Math.Round(verdict.Seconds, 3));
        await slot.RemoveAsync();
        return outcome;
    }

    private static bool IsWorthAnotherScan(StationEvent verdict) => verdict.Code is ErrorCode.UnreadableScan or ErrorCode.TerminalUnavailable or ErrorCode.CaUnavailable or ErrorCode.BoardUnavailable or ErrorCode.BoardBusy;

    /// <summary>Verdicts without a number are unreadable scans, except the Pass of a blank board at a board line.</summary>
    private static bool IsAbout(StationEvent verdict, string machineNumber) =>
        verdict.MachineNumber == machineNumber || (verdict.MachineNumber is null && verdict.Verdict != Verdict.Pass);

    private async Task<StationEvent> ScanUntilDecidedAsync(string machineNumber, CancellationToken cancellationToken)
    {
        for (var scan = 1; ; scan++)
        {
            var before = await station.FindLastEventAsync(cancellationToken);
            scanner.Scan(machineNumber);
            var verdict = await WaitForVerdictAsync(machineNumber, before, cancellationToken);
            if (scan == ScansPerUnit || !IsWorthAnotherScan(verdict))
                return verdict;
            await Task.Delay(PauseBeforeScanningAgain, cancellationToken);
        }
    }

    private async Task<StationEvent> WaitForVerdictAsync(string machineNumber, long after, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(VerdictLimit);
        try
        {
            while (true)
            {
                var events = await station.GetEventsAsync(after, LongPoll, limit.Token);
                _written |= events.Any(happened => happened.MachineNumber == machineNumber && happened.Step is StationStep.Initialize or StationStep.Prove);
                if (events.FirstOrDefault(happened => happened.Verdict is not null && IsAbout(happened, machineNumber)) is { } verdict)
                    return verdict;
                after = events.Select(happened => happened.Sequence).DefaultIfEmpty(after).Max();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FactoryException($"Line {line.Line} gave no verdict for {machineNumber} within {VerdictLimit.TotalMinutes:F0} minutes.");
        }
    }
}
