using ProvisioningStation.SystemTests.Fixtures;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>The order to stand still at one named place, once, until it is told to go on.</summary>
public sealed class WaitOrder(string directory, string point)
{
    private readonly string _marker = Path.Combine(directory, $"waiting-{Guid.NewGuid():N}");

    /// <summary>What the program is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PROVISIONING_WAIT_AT"] = point,
        ["PROVISIONING_WAIT_MARKER"] = _marker,
    };

    /// <summary>Whether it stands there now.</summary>
    public bool IsWaiting => File.Exists(_marker) && File.ReadAllText(_marker) == point;

    /// <summary>Completes when it stands there.</summary>
    public Task ReachedAsync() => Wait.UntilAsync($"somebody to come by {point}", () => Task.FromResult(IsWaiting), seconds: 120);

    /// <summary>Lets it go on.</summary>
    public void GoOn() => File.Delete(_marker);
}
