using ProvisioningStation.FirmwareUpdate;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>How far the update of the board on the cable is, for the kiosk: no row of the journal is written for every percent.</summary>
internal sealed class FirmwareProgress(TimeProvider time)
{
    private volatile UpdateProgress? _current;
    private long _awaySince;

    /// <summary>What is shown; null while nothing is updated.</summary>
    public UpdateProgress? Current => _current;

    /// <summary>For how long the board has not answered.</summary>
    public TimeSpan Away => _current is { IsAway: true } ? time.GetElapsedTime(Volatile.Read(ref _awaySince)) : TimeSpan.Zero;

    /// <summary>Takes what the update shows.</summary>
    public void Show(UpdateProgress progress)
    {
        if (progress.IsAway && _current is not { IsAway: true })
            Volatile.Write(ref _awaySince, time.GetTimestamp());
        _current = progress;
    }

    /// <summary>The update has ended.</summary>
    public void Clear() => _current = null;
}
