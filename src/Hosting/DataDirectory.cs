namespace ProvisioningStation.Hosting;

/// <summary>Where a program keeps what it must not lose. Every relative path of its configuration is relative to it.</summary>
public sealed record DataDirectory(string Path)
{
    private const int WouldBlock = 11; // EWOULDBLOCK of flock(2)
    private const int SharingViolation = unchecked((int)0x80070020);

    /// <summary>Only the owner may look inside (0700).</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Only the owner may read and write (0600).</summary>
    public const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The directory at <paramref name="path"/>, made with mode 0700 where it does not exist.</summary>
    /// <exception cref="ConfigurationException">It can't be made.</exception>
    public static DataDirectory Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(full);
            else
                Directory.CreateDirectory(full, OwnerOnly);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The data directory {full} can't be made: {cause.Message}", cause);
        }

        return new DataDirectory(full);
    }

    /// <summary>Whether opening a file failed because another process holds it, and not because it can't be opened at all.</summary>
    public static bool IsLocked(IOException cause) => cause.HResult is WouldBlock or SharingViolation;

    /// <summary>The full path of <paramref name="relative"/>, which may also be absolute.</summary>
    public string Resolve(string relative) => System.IO.Path.GetFullPath(relative, Path);
}
