namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>A file of random bytes that lies in memory, so that no disk is measured; gone with this.</summary>
internal sealed class ImageInMemory : IDisposable
{
    public ImageInMemory(long length)
    {
        var block = new byte[1 << 20];
        new Random(6).NextBytes(block);
        using var file = File.Create(Path);
        for (var left = length; left > 0; left -= block.Length)
            file.Write(block.AsSpan(0, (int)Math.Min(block.Length, left)));
    }

    /// <summary>A folder in memory, or where there is none the system's place for temporary files.</summary>
    public static string Folder => Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();

    public string Path { get; } = System.IO.Path.Combine(Folder, $"image-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(Path);
}
