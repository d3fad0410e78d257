using System.Globalization;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>New boards, each a directory of its own, in this machine's memory where it has a file system there: a real board does not wait for the disk that station and terminal write to.</summary>
internal sealed class BoardShelf : IDisposable
{
    private const string InMemory = "/dev/shm";

    private readonly string _directory = Directory.Exists(InMemory) ? Path.Combine(InMemory, "boards-" + Guid.NewGuid().ToString("N")[..8]) : Directory.CreateTempSubdirectory("boards-").FullName;
    private int _last;

    /// <summary>Where they lie, for the remark beside a figure.</summary>
    public string Kind => _directory.StartsWith(InMemory, StringComparison.Ordinal) ? "boards' memories in RAM" : "boards' memories on the disk";

    /// <summary>A board that nobody has touched.</summary>
    public string TakeNew() => DataDirectory.Open(Path.Combine(_directory, Interlocked.Increment(ref _last).ToString("D6", CultureInfo.InvariantCulture))).Path;

    /// <summary>Every board taken so far.</summary>
    public IEnumerable<string> Boards => Directory.EnumerateDirectories(_directory);

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }
}
