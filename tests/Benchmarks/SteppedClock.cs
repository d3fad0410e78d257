namespace ProvisioningStation.Benchmarks;

/// <summary>The machine's clock, put forward day by day: a terminal has one batch a day.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private TimeSpan _ahead;

    public void Step(TimeSpan step) => _ahead += step;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;
}
