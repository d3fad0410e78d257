using System.Runtime.InteropServices;

namespace ProvisioningStation.Hosting;

/// <summary>Files that are whole or absent after a power cut.</summary>
public static partial class DurableFile
{
    /// <summary>Writes <paramref name="content"/> beside <paramref name="path"/>, forces it to the disk, renames it into place and forces the rename to the disk.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = DataDirectory.OwnerOnlyFile)
    {
        var temporary = path + ".tmp";
        WriteInPlace(temporary, content, mode);
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a new file and forces it to the disk, without the rename: for files in a directory that is itself renamed into place.</summary>
    public static void WriteInPlace(string path, ReadOnlySpan<byte> content, UnixFileMode mode = DataDirectory.OwnerOnlyFile)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        using var stream = new FileStream(path, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Forces the names in a directory to the disk.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals names by itself
        var descriptor = Open(path, ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"The directory {path} can't be opened (errno {Marshal.GetLastPInvokeError()}).");
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"The directory {path} can't be forced to the disk (errno {error}).");
    }

    private const int ReadOnlyDirectory = 0x80000; // O_RDONLY | O_CLOEXEC

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
