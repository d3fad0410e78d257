using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>
/// Tells the worker each verdict by the scanner's beeper and lamp, or by the operating system where the scanner can't. It follows the journal, so nothing on the path of a unit waits for a sound
/// or knows of one; what happened before this start is not told again.
/// </summary>
internal sealed partial class ScannerFeedback(
    FeedbackCommands commands,
    SystemSound sound,
    LineJournal journal,
    TimeProvider time,
    ILogger<ScannerFeedback> logger,
    ScannerReader? scanner = null) : BackgroundService
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = time.GetUtcNow();
        var seen = 0L;
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var happened in await journal.GetAfterAsync(seen, Wait, stoppingToken))
                {
                    seen = happened.Sequence;
                    if (happened.Time >= started && happened.Verdict is { } verdict)
                        await TellAsync(MomentOf(verdict), stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause)
            {
                LogFailed(logger, cause);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TellAsync(FeedbackMoment moment, CancellationToken cancellationToken)
    {
        var command = commands.Find(moment);
        if (command is [] || (command is not null && scanner?.TrySend(command) == true))
            return;
        await sound.PlayAsync(Tones.Synthesise(moment), cancellationToken);
    }

    private static FeedbackMoment MomentOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => FeedbackMoment.Pass,
        Verdict.Fail => FeedbackMoment.Fail,
        _ => FeedbackMoment.Blocked,
    };

    [LoggerMessage(309, LogLevel.Warning, "A verdict could not be told by sound")]
    private static partial void LogFailed(ILogger logger, Exception cause);
}
