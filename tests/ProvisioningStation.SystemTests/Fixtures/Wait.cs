using System.Diagnostics;
using Xunit.Sdk;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>Waits for what another process does.</summary>
public static class Wait
{
    public static async Task UntilAsync(string what, Func<Task<bool>> holds, double seconds = 180)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > seconds)
                throw new XunitException($"Waited {seconds} s in vain for {what}.");
            await Task.Delay(30);
        }
    }
}
