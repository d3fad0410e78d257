using System.Globalization;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>What the product has to do before it may reset (U-7). Simulated: <c>simulate/jobs</c> is their number, running and reserved; each takes <c>simulate/job-milliseconds</c>.</summary>
internal sealed class PrintJobs(MemoryMap map, TimeProvider time)
{
    private static readonly TimeSpan UsualLength = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private int Ordered => ReadNumber("jobs") ?? 0;

    /// <summary>Waits until there are none, or somebody has cancelled them (the file is gone), at most <paramref name="limit"/>.</summary>
    /// <param name="limit">How long they may take.</param>
    /// <param name="report">Is told which one is being printed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task FinishAsync(TimeSpan limit, Action<string> report, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var done = 0;
        for (; Ordered is var ordered && ordered > done; done++)
        {
            report($"printing job {done + 1} of {ordered}");
            var length = ReadNumber("job-milliseconds") is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : UsualLength;
            var job = time.GetTimestamp();
            while (length - time.GetElapsedTime(job) is { Ticks: > 0 } rest)
            {
                if (time.GetElapsedTime(began) >= limit || Ordered <= done)
                    return;
                await Task.Delay(rest < LookInterval ? rest : LookInterval, time, cancellationToken);
            }
        }

        if (done > 0 && Ordered == done)
            DurableFile.Write(Path.Combine(map.Simulate, "jobs"), "0\n"u8.ToArray()); // only now: whoever orders or cancels jobs writes the same file meanwhile
    }

    private int? ReadNumber(string name)
    {
        var file = Path.Combine(map.Simulate, name);
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
