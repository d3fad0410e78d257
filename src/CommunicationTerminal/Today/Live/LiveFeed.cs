using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Components.Web;
using ProvisioningStation.Hosting.Pages;

namespace ProvisioningStation.CommunicationTerminal.Today.Live;

/// <summary>
/// What all watching browsers are told: once a second, if something was stored, what is watched is rendered once per language; every <see cref="PulseEvery"/> in any case, for what changes
/// without being stored. Then all streams are woken together. There is one timer, however many browsers watch, and nothing is done while none does.
/// </summary>
internal sealed partial class LiveFeed(IEnumerable<LiveFragment> fragments, StoreChanges changes, IServiceProvider services, ILoggerFactory loggers, TimeProvider time) : BackgroundService
{
    /// <summary>The most browsers at a time.</summary>
    public const int MaxWatchers = 200;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PulseEvery = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Name, string Language), LiveView> _views = new(Views(fragments));
    private readonly ILogger _logger = loggers.CreateLogger<LiveFeed>();
    private readonly SemaphoreSlim _rendering = new(1, 1);
    private TaskCompletionSource _pulse = NewPulse();
    private int _watchers;

    /// <summary>Ends when there may be something new, or it is time to look whether the browser may still watch.</summary>
    public Task Pulse => Volatile.Read(ref _pulse).Task;

    /// <summary>Browsers that watch.</summary>
    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>The view of a fragment in the language of this request; null where there is no such fragment.</summary>
    public LiveView? Find(string name) => _views.GetValueOrDefault((name, PageLanguages.Current));

    /// <summary>Begins to watch, with the view as it is now; disposing ends it. Null where too many do already.</summary>
    public async Task<IDisposable?> WatchAsync(LiveView view, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _watchers) > MaxWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            return null;
        }

        view.Count(1);
        var watch = new Watch(this, view);
        try
        {
            await RenderAsync([view], cancellationToken);
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _rendering.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var (seen, ticks) = (changes.Count, 0);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                ticks++;
                if (Watchers == 0 || (changes.Count == seen && ticks * LookEvery < PulseEvery))
                    continue;
                (seen, ticks) = (changes.Count, 0);
                await TellAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The streams end with the program by themselves.
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RenderAsync(_views.Values.Where(view => view.IsWatched), cancellationToken);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(cause); // the browsers keep what they show; the next second tries again
        }

        Interlocked.Exchange(ref _pulse, NewPulse()).SetResult();
    }

    private async Task RenderAsync(IEnumerable<LiveView> views, CancellationToken cancellationToken)
    {
        await _rendering.WaitAsync(cancellationToken);
        try
        {
            await using var scope = services.CreateAsyncScope();
            await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
            foreach (var view in views)
                await view.RenderAsync(renderer);
        }
        finally
        {
            _rendering.Release();
        }
    }

    private static IEnumerable<KeyValuePair<(string Name, string Language), LiveView>> Views(IEnumerable<LiveFragment> fragments) =>
        from fragment in fragments
        from language in PageLanguages.All
        select KeyValuePair.Create((fragment.Name, language.Code), new LiveView(fragment.Component, CultureInfo.GetCultureInfo(language.Code)));

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(271, LogLevel.Warning, "Live numbers can't be made")]
    private partial void LogFailed(Exception cause);

    private sealed class Watch(LiveFeed feed, LiveView view) : IDisposable
    {
        public void Dispose()
        {
            view.Count(-1);
            Interlocked.Decrement(ref feed._watchers);
        }
    }
}
