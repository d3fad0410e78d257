using ProvisioningStation.FirmwareUpdate.Ftp;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>One update while this process works on it: what wakes it, what ends it, and what is shown of it.</summary>
internal sealed class UpdateRun(UpdateDevice device, TimeProvider time, Action<UpdateProgress> show) : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private FtpClient? _session;

    /// <summary>Whom it is about.</summary>
    public UpdateDevice Device => device;

    /// <summary>Set when a person gives it up.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>What is shown now.</summary>
    public UpdateProgress? Progress { get; private set; }

    /// <summary>Set by whatever succeeded in part, so that the next failure is not taken for one more of the same.</summary>
    public bool HasAdvanced { get; set; }

    /// <summary>Whether it is among those that are worked on now; one whose device does not answer gives its place away.</summary>
    public bool HasPlace { get; set; }

    /// <summary>Whether the board's part of the image turned out to be of no use.</summary>
    public bool StartsOver { get; set; }

    /// <summary>An ended update whose password the board refuses by now.</summary>
    public Guid? RefusedHeld { get; set; }

    /// <summary>Since when its FTP port has been closed; null where it was open last.</summary>
    public long? ClosedSince { get; set; }

    /// <summary>The control connection over which the image went: it ends with the board's reset (U-7).</summary>
    public FtpClient? Session
    {
        get => Interlocked.Exchange(ref _session, null);
        set => Interlocked.Exchange(ref _session, value);
    }

    /// <summary>Gives it up.</summary>
    public void Abort()
    {
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>Ends its wait: there may be news.</summary>
    public void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (Exception needless) when (needless is SemaphoreFullException or ObjectDisposedException)
        {
            // It has not looked since the last news, or has just ended.
        }
    }

    /// <summary>Waits, at most as long as <paramref name="wait"/>.</summary>
    public async Task PauseAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(wait * (0.9 + (0.2 * Random.Shared.NextDouble())), time, either.Token);
        var signal = _signal.WaitAsync(either.Token);
        await Task.WhenAny(delay, signal);
        await either.CancelAsync();
        await Task.WhenAll(delay, signal).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Shows how far it is.</summary>
    public void Show(UpdateRecord record, string? detail, int? percent = null, bool isAway = false)
    {
        var progress = new UpdateProgress(record.Id, record.Device, record.State, percent, detail, isAway);
        if (progress == Progress)
            return;
        Progress = progress;
        show(progress);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _abort.Dispose();
        _signal.Dispose();
    }
}
