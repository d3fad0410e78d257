using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>The order to die at one named place, and the proof that it was that place.</summary>
public sealed class KillOrder(string directory, string point)
{
    private readonly string _marker = Path.Combine(directory, $"killed-{Guid.NewGuid():N}");

    /// <summary>What the victim is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PROVISIONING_KILL_AT"] = point,
        ["PROVISIONING_KILL_MARKER"] = _marker,
    };

    /// <summary>Whether the victim came by.</summary>
    public bool WasCarriedOut => File.Exists(_marker);

    /// <summary>The victim is dead, by SIGKILL, at the place named.</summary>
    public async Task AssertCarriedOutAsync(ChildProgram victim)
    {
        await Wait.UntilAsync($"{victim.Name} to die at {point}", () => Task.FromResult(victim.Ended.IsCompleted));
        Assert.True(File.Exists(_marker), $"{victim.Name} ended, but not at {point}: {victim.Obituary}");
        Assert.Equal(point, await File.ReadAllTextAsync(_marker));
        Assert.Contains("exit code 137", victim.Obituary, StringComparison.Ordinal);
    }

    /// <summary>Waits for the victim to answer after a start with this order; that it dies already then is fine.</summary>
    public async Task WaitUntilHealthyOrDeadAsync(Func<Task> waitUntilHealthy)
    {
        try
        {
            await waitUntilHealthy();
        }
        catch (FactoryException) when (WasCarriedOut)
        {
            // It came by the place while it started.
        }
    }
}
