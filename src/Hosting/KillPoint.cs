using System.Diagnostics;
using System.Text;

namespace ProvisioningStation.Hosting;

/// <summary>
/// Named places where a program can be told to die as if the power went: the system tests start a program with <c>PROVISIONING_KILL_AT=name</c>, and when it comes by
/// it writes the name to the file <c>PROVISIONING_KILL_MARKER</c> and kills itself with SIGKILL. With <c>PROVISIONING_WAIT_AT=name</c> it writes the name to the file
/// <c>PROVISIONING_WAIT_MARKER</c> and stands still, once, until somebody removes the file. Without the variables a place costs two comparisons.
/// </summary>
public static class KillPoint
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);
    private static readonly string? Armed = Environment.GetEnvironmentVariable("PROVISIONING_KILL_AT");
    private static string? _waitsAt = Environment.GetEnvironmentVariable("PROVISIONING_WAIT_AT");

    /// <summary>Dies or waits here if told so.</summary>
    public static void Reached(string name)
    {
        if (Armed is not null && Armed == name)
            Die(name);
        if (_waitsAt is not null && _waitsAt == name)
            Wait(name);
    }

    /// <summary>Dies here, as <paramref name="name"/>: a simulated fault of a program that stands in for hardware.</summary>
    public static void CutPower(string name) => Die(name);

    private static void Die(string name)
    {
        if (Environment.GetEnvironmentVariable("PROVISIONING_KILL_MARKER") is { Length: > 0 } marker)
            DurableFile.Write(marker, Encoding.UTF8.GetBytes(name));
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Wait(string name)
    {
        if (Interlocked.Exchange(ref _waitsAt, null) is null || Environment.GetEnvironmentVariable("PROVISIONING_WAIT_MARKER") is not { Length: > 0 } marker)
            return;
        DurableFile.Write(marker, Encoding.UTF8.GetBytes(name));
        while (File.Exists(marker))
            Thread.Sleep(LookInterval);
    }
}
