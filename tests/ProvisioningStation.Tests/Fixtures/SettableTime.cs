namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A clock that stands where the test puts it; timers and what elapses run on the real one, which the test can put forward.</summary>
public sealed class SettableTime(DateTimeOffset now) : TimeProvider
{
    private long _passed;

    public DateTimeOffset Now { get; set; } = now;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _passed);

    /// <summary>As if so much time had elapsed.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, (long)(time.TotalSeconds * TimestampFrequency));
}
