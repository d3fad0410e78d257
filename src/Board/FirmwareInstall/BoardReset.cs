namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The board's reset line: whoever pulls it ends the program, and whoever runs the program starts it again.</summary>
public sealed class BoardReset
{
    private readonly Lock _gate = new();
    private Action? _stop;

    /// <summary>Whether the program ended, or is about to, in order to start again.</summary>
    public bool IsRequested { get; private set; }

    /// <summary>Whether the firmware that runs is on trial; one that breaks down then is started again by the watchdog, or its predecessor is.</summary>
    internal bool IsWatched { get; set; }

    /// <summary>Whether a program that ended with <paramref name="exitCode"/> is to be started again.</summary>
    public bool IsDue(int exitCode) => IsRequested || (IsWatched && exitCode != 0);

    /// <summary>Asks for the reset.</summary>
    public void Request()
    {
        Action? stop;
        lock (_gate)
        {
            IsRequested = true;
            stop = _stop;
        }

        stop?.Invoke();
    }

    /// <summary>Says how the program is ended; at once where the reset was asked for already.</summary>
    internal void EndWith(Action stop)
    {
        lock (_gate)
        {
            _stop = stop;
            if (!IsRequested)
                return;
        }

        stop();
    }
}
