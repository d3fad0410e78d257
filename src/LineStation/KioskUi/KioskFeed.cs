using System.Globalization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Pages;
using ProvisioningStation.LineStation.FirmwareUpdating;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>Follows the journal, and renders the screen at every event and once a second, so that what it says of time is true. It only reads: the line never waits for it.</summary>
internal sealed partial class KioskFeed(
    LineJournal journal, ShiftFigures shift, LineProgress progress, EarlierWriting earlier, FirmwareProgress firmware, HealthState health, IServiceProvider services, ILoggerFactory loggers, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WholeScreen = TimeSpan.FromSeconds(1.5);

    private readonly ILogger _logger = loggers.CreateLogger<KioskFeed>();
    private readonly Dictionary<string, LiveView> _views = PageLanguages.All.ToDictionary(
        language => language.Code, language => new LiveView(typeof(Screen), CultureInfo.GetCultureInfo(language.Code)), StringComparer.Ordinal);

    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Dictionary<string, DateTimeOffset> _since = new(StringComparer.Ordinal);
    private TaskCompletionSource _pulse = NewPulse();
    private long _seen;

    /// <summary>What is shown.</summary>
    public KioskScreen Screen { get; private set; } = KioskScreen.Empty;

    /// <summary>The figures of the shift.</summary>
    public ShiftFigures Shift => shift;

    /// <summary>How many units the line has still to do today; null where the terminal does not say.</summary>
    public int? Remaining => progress.Remaining;

    /// <summary>When and where the unit of an AlreadyWritten was written.</summary>
    public EarlierWriting Earlier => earlier;

    /// <summary>How far the firmware update of the unit that is shown is; null while there is none.</summary>
    public FirmwareProgress Firmware => firmware;

    /// <summary>What can't be reached, and since when.</summary>
    public IReadOnlyList<(string Part, string Problem, DateTimeOffset Since)> Offline { get; private set; } = [];

    /// <summary>Whether a Pass fills the screen; later it is a banner.</summary>
    public bool IsPassWhole => Screen is { State: KioskState.Pass, Shown: { } pass } && time.GetUtcNow() - pass.Time < WholeScreen;

    /// <summary>How long the step that is shown has taken, in whole seconds.</summary>
    public int Seconds => Screen.Shown is { } shown ? Math.Max(0, (int)(time.GetUtcNow() - shown.Time).TotalSeconds) : 0;

    /// <summary>Ends when there may be something new.</summary>
    public Task Pulse => Volatile.Read(ref _pulse).Task;

    /// <summary>The screen in the language of this request.</summary>
    public LiveView View => _views[PageLanguages.Current];

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var events = await journal.GetAfterAsync(0, TimeSpan.Zero, cancellationToken);
        _seen = events.Count > 0 ? events[^1].Sequence : 0;
        await ChangeAsync(() => Screen = events.Aggregate(KioskScreen.Empty, (screen, happened) => screen.After(happened)).AfterRestart(), cancellationToken);
        earlier.Ask(Screen.Shown);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _changing.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var events = await journal.GetAfterAsync(_seen, Beat, stoppingToken);
                await ChangeAsync(() => Show(events), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause)
            {
                LogFailed(cause);
                await Task.Delay(Beat, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Show(IReadOnlyList<StationEvent> events)
    {
        foreach (var happened in events)
        {
            Screen = Screen.After(happened);
            shift.Count(happened);
            if (happened.Verdict is not null)
                progress.Ask();
            earlier.Ask(happened);
            _seen = happened.Sequence;
        }
    }

    private async Task ChangeAsync(Action change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            change();
            shift.Refresh();
            NoteProblems();
            await using var scope = services.CreateAsyncScope();
            await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
            foreach (var view in _views.Values)
                await view.RenderAsync(renderer);
        }
        finally
        {
            _changing.Release();
        }

        Interlocked.Exchange(ref _pulse, NewPulse()).SetResult();
    }

    private void NoteProblems()
    {
        foreach (var gone in _since.Keys.Except(health.Problems.Keys, StringComparer.Ordinal).ToList())
            _since.Remove(gone);
        foreach (var problem in health.Problems.Keys)
            _since.TryAdd(problem, time.GetUtcNow());
        Offline = [.. health.Problems.Where(problem => _since.ContainsKey(problem.Key)).OrderBy(problem => problem.Key, StringComparer.Ordinal).Select(problem => (problem.Key, problem.Value, _since[problem.Key]))];
    }

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(330, LogLevel.Warning, "The kiosk's screen can't be made")]
    private partial void LogFailed(Exception cause);
}
