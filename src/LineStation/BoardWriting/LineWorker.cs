using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Printing;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.LineStation.Workers;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>
/// The line's one pair of hands: serves scans in the order they were made (P-14), and looks at the cable while there are none. Every scan ends in a verdict, except those that are
/// no business of a unit's: badges, and the acknowledgement of a verdict.
/// </summary>
internal sealed partial class LineWorker(
    ChannelReader<Scan> scans,
    UnitWriter writer,
    ReportDelivery reports,
    CableWatch watch,
    CableLink link,
    InterruptedVisit interrupted,
    LineOptions line,
    BoardCableOptions cable,
    LineJournal journal,
    SignIn signIn,
    CheckSheetOrders sheets,
    CheckSheetJob printing,
    HealthState health,
    MonotonicClock clock,
    TimeProvider time,
    ILogger<LineWorker> logger) : BackgroundService
{
    /// <summary>The condition in the station's health while its disk is full.</summary>
    public const string DiskCondition = "storage";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await journal.OpenAsync(cancellationToken); // before anybody can ask for events
        if (journal.CutOff is { } cutOff)
            await interrupted.EndAsync(cutOff, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitForScanAsync(stoppingToken);
                while (scans.TryRead(out var scan))
                    await ServeAsync(scan, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause)
            {
                LogUnexpected(logger, cause);
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, stoppingToken);
            }
        }
    }

    private async Task WaitForScanAsync(CancellationToken stoppingToken)
    {
        using var scanned = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var scan = scans.WaitToReadAsync(stoppingToken).AsTask();
        _ = scan.ContinueWith(static (_, source) => Cancel((CancellationTokenSource)source!), scanned, TaskScheduler.Default);
        while (!scan.IsCompleted)
        {
            var pluggedIn = link.PluggedIn;
            await signIn.SignOutIdleAsync(stoppingToken);
            var watches = line.Does(LineStep.WriteCommonCertificate);
            if (watches)
                await watch.LookAsync(scanned.Token, stoppingToken);
            await Task.WhenAny(Task.Delay(watches ? cable.WatchInterval : Idle, time, scanned.Token), scan, pluggedIn);
        }

        await scan;
    }

    private async Task ServeAsync(Scan scan, CancellationToken cancellationToken)
    {
        await signIn.SeenAsync(cancellationToken);
        if (scan.Kind == ScanKind.Badge && signIn.IsAsked)
        {
            await signIn.TakeAsync(scan, cancellationToken);
            return;
        }

        if (scan is { Kind: ScanKind.Command, Text: CommandBarcode.Acknowledge })
        {
            await journal.AcknowledgeAsync(null, scan.Source, cancellationToken);
            await reports.EndRefusedAsync(cancellationToken);
            return;
        }

        if (scan.Kind != ScanKind.Code || !MachineNumber.TryParse(scan.Text, out var number))
        {
            await RefuseAsync(scan, cancellationToken);
            return;
        }

        var visit = new UnitVisit(number, scan, line, journal, clock);
        await KeepAsync(
            async () =>
            {
                await journal.AcknowledgeAsync(null, scan.Source, cancellationToken); // the next unit says that the last verdict was seen
                await visit.BeginAsync(StationStep.Scanned, cancellationToken);
            },
            cancellationToken);
        UnitVerdict verdict;
        try
        {
            signIn.Require();
            if (!line.Does(LineStep.WriteCertificate))
                throw new ProvisioningException(ErrorCode.NotSupported, $"Line {line.Name} gives boards the common certificate by itself and writes no certificate of a unit: nothing needs to be scanned here.");
            verdict = UnitVerdict.Passed(number, await writer.RunAsync(visit, cancellationToken));
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            verdict = UnitVerdict.Refused(ErrorTranslation.Translate(cause, logger));
        }

        await KeepAsync(() => visit.EndAsync(verdict, sheets.OrderOf(number, verdict), cancellationToken), cancellationToken);
        printing.Signal();
        LogVerdict(logger, number.ToString(), verdict.Verdict, verdict.Code?.ToString() ?? "-", verdict.Message);
    }

    /// <summary>Stores what no scan may be without. A full disk loses neither scan nor verdict: the line stands still, says so, and goes on when there is room.</summary>
    private async Task KeepAsync(Func<Task> storeAsync, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await storeAsync();
                health.Clear(DiskCondition);
                return;
            }
            catch (ProvisioningException full) when (full.Code == ErrorCode.StorageFull)
            {
                health.Report(DiskCondition, "The station's disk is full: the line waits. Make room; it goes on by itself.");
                await Task.Delay(Idle, time, cancellationToken);
            }
        }
    }

    private async Task RefuseAsync(Scan scan, CancellationToken cancellationToken)
    {
        var reason = scan.Kind switch
        {
            ScanKind.NoRead => new ProvisioningException(ErrorCode.UnreadableScan, "The scanner saw no barcode."),
            ScanKind.Unreadable => new ProvisioningException(ErrorCode.UnreadableScan, $"The scan was not whole: {scan.Text}."),
            ScanKind.Dropped => new ProvisioningException(ErrorCode.UnreadableScan, $"Scans were dropped: {scan.Text}."),
            ScanKind.Command => new ProvisioningException(ErrorCode.InvalidMachineNumber, $"'{scan.Text}' is no command of this station. Known: {string.Join(", ", CommandBarcode.Known)}."),
            ScanKind.Badge => new ProvisioningException(ErrorCode.InvalidMachineNumber, $"'{scan.Text}' is a worker's badge, which this line does not ask for."),
            _ => new ProvisioningException(ErrorCode.InvalidMachineNumber, $"'{Printable.Shorten(scan.Text)}' is not a machine number."),
        };
        var verdict = UnitVerdict.Refused(reason);
        await journal.RecordAsync(new JournalEntry(StationStep.Scanned) { Message = Printable.Shorten(scan.Text, 64), Since = clock.Now - scan.At, Source = scan.Source }, cancellationToken);
        await journal.RecordAsync(
            new JournalEntry(StationStep.Done) { Verdict = verdict.Verdict, Code = verdict.Code, Message = verdict.Message, Since = clock.Now - scan.At, Source = scan.Source },
            cancellationToken);
        LogVerdict(logger, Printable.Shorten(scan.Text), verdict.Verdict, verdict.Code.ToString()!, verdict.Message);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait is over already.
        }
    }

    [LoggerMessage(310, LogLevel.Information, "{Scan}: {Verdict} {Code} {Message}")]
    private static partial void LogVerdict(ILogger logger, string scan, Verdict verdict, string code, string message);

    [LoggerMessage(311, LogLevel.Error, "The line's worker met something unexpected and goes on")]
    private static partial void LogUnexpected(ILogger logger, Exception cause);
}
