using System.Globalization;
using System.Text;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>What the product has to do before it may reset (U-7). Simulated: <c>simulate/jobs</c> is their number, running and reserved; each takes <c>simulate/job-milliseconds</c>.</summary>
internal sealed class PrintJobs(MemoryMap map, TimeProvider time)
{
    private static readonly TimeSpan UsualLength = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private int Left => ReadNumber("jobs") ?? 0;

    /// <summary>Waits until there are none, or somebody has cancelled them (the file is gone), at most <paramref name="limit"/>.</summary>
    /// <param name="limit">How long they may take.</param>
    /// <param name="report">Is told which one is being printed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task FinishAsync(TimeSpan limit, Action<string> report, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var done = 0; Left is > 0 and var left; done++)
        {
            report($"printing job {done + 1} of {done + left}");
            var length = ReadNumber("job-milliseconds") is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : UsualLength;
            var job = time.GetTimestamp();
            while (length - time.GetElapsedTime(job) is { Ticks: > 0 } rest)
            {
                if (time.GetElapsedTime(began) >= limit || Left == 0)
                    return;
                await Task.Delay(rest < LookInterval ? rest : LookInterval, time, cancellationToken);
            }

            DurableFile.Write(Path.Combine(map.Simulate, "jobs"), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Left - 1)}\n")));
        }
    }

    private int? ReadNumber(string name)
    {
        var file = Path.Combine(map.Simulate, name);
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
