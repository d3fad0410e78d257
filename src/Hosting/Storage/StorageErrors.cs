using Microsoft.Data.Sqlite;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Storage;

/// <summary>What the disk and SQLite say, in our words. The one place that knows their numbers.</summary>
public static class StorageErrors
{
    private const int SqliteCorrupt = 11;
    private const int SqliteFull = 13;
    private const int SqliteNotADatabase = 26;
    private const int SqliteSharedMemorySize = 4874; // SQLITE_IOERR_SHMSIZE: the index of the log could not grow
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether there was no room left to store something.</summary>
    public static bool IsFull(Exception cause) => cause switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteSharedMemorySize,
        IOException io => io.HResult is NoSpace or QuotaExceeded or WindowsDiskFull,
        _ => false,
    };

    /// <summary>Whether the database is damaged.</summary>
    public static bool IsDamage(Exception cause) => cause is SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNotADatabase };

    /// <summary>The error for a caller whose request could not be stored.</summary>
    public static ProvisioningException Full(Exception cause) =>
        new(ErrorCode.StorageFull, "The disk is full: nothing of this was stored, and nothing is lost. Make room, then ask again with the same request id.", cause);
}
