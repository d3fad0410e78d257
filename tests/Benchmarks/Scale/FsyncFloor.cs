using System.Diagnostics;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>What the disk alone takes: two pages written over and forced to the disk, as the database's log does for one event.</summary>
internal static class FsyncFloor
{
    private const int Rounds = 500;
    private const int Size = 8192;
    private const int FileSize = 4 * 1024 * 1024;

    public static List<double> Measure(string directory)
    {
        var file = Path.Combine(directory, "fsync-floor");
        var milliseconds = new List<double>(Rounds);
        using (var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(new byte[FileSize]);
            stream.Flush(flushToDisk: true);
            var pages = new byte[Size];
            for (var round = 0; round < Rounds; round++)
            {
                stream.Seek((long)round * Size % FileSize, SeekOrigin.Begin);
                var started = Stopwatch.GetTimestamp();
                stream.Write(pages);
                stream.Flush(flushToDisk: true);
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        File.Delete(file);
        return milliseconds;
    }
}
