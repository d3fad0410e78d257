namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Time since the program started, which no clock adjustment touches: for gaps between bytes and seconds from scan to verdict.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The time now.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);
}
