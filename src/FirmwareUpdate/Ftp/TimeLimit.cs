namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>A token that is cancelled by the caller, or when a time is over, which then can be told apart.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    public TimeLimit(TimeSpan length, TimeProvider time, CancellationToken cancellationToken)
    {
        Length = length;
        _caller = cancellationToken;
        _timer = new CancellationTokenSource(length, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
    }

    public TimeSpan Length { get; private set; }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over and the caller wanted to go on.</summary>
    public bool HasPassed => _timer.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Begins anew.</summary>
    public void Restart(TimeSpan length)
    {
        Length = length;
        _timer.CancelAfter(length);
    }

    /// <summary>Cancels now, as the caller would.</summary>
    public Task CancelAsync() => _either.CancelAsync();

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
