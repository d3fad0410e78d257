namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The board's reset line: whoever pulls it ends the program, and whoever runs the program starts it again.</summary>
public sealed class BoardReset
{
    private readonly Lock _gate = new();
    private Action? _stop;

    /// <summary>Whether the program ended, or is about to, in order to start again.</summary>
    public bool IsRequested { get; private set; }

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
