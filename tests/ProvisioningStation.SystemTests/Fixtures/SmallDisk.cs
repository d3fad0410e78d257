using Microsoft.Win32.SafeHandles;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>A file system of a few megabytes in the place of a directory, that a test fills and gives room again (root). What lay in the directory lies in it, and afterwards in the directory.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly byte[] Page = new byte[4096];

    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, "filler");

    public static async Task<SmallDisk> MountAsync(string directory, int megabytes)
    {
        Directory.CreateDirectory(directory);
        await MoveOverAsync(directory, "mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", directory);
        return new SmallDisk(directory);
    }

    /// <summary>Somebody else's file takes all the room that is left, but for <paramref name="left"/> bytes.</summary>
    public void Fill(long left = 0)
    {
        using var filler = File.OpenHandle(Filler, FileMode.OpenOrCreate, FileAccess.Write);
        var length = RandomAccess.GetLength(filler);
        while (TryWrite(filler, length))
            length += Page.Length;
        RandomAccess.SetLength(filler, Math.Max(0, length - left));
    }

    /// <summary>It is taken away.</summary>
    public void MakeRoom() => File.Delete(Filler);

    /// <summary>The directory is on its own disk again, with what lay in it; whoever has a file of it open keeps what is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        MakeRoom();
        await MoveOverAsync(_directory, "umount", "--lazy", _directory);
    }

    /// <summary>What lies in the directory lies there behind <paramref name="command"/> too.</summary>
    private static async Task MoveOverAsync(string directory, string command, params string[] arguments)
    {
        var kept = Directory.CreateTempSubdirectory("small-disk").FullName;
        await Tool.RunOkAsync("cp", "-a", directory + "/.", kept);
        await Tool.RunOkAsync(command, arguments);
        await Tool.RunOkAsync("cp", "-a", kept + "/.", directory);
        Directory.Delete(kept, recursive: true);
    }

    private static bool TryWrite(SafeFileHandle filler, long at)
    {
        try
        {
            RandomAccess.Write(filler, Page, at);
            return true;
        }
        catch (IOException full) when (StorageErrors.IsFull(full))
        {
            return false;
        }
    }
}
