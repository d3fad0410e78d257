using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace ProvisioningStation.Hosting.Storage;

/// <content>
/// Connections for reading are kept open: to open one and set it up takes several times as long as the question that is asked over it. One that is not as it was given out is closed.
/// </content>
public sealed partial class Database
{
    private const int MostKeptReaders = 8;

    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private volatile bool _closed;

    private T ReadKept<T>(Func<DbConnection, T> work)
    {
        var connection = _readers.TryTake(out var kept) ? kept : Open(ReaderCacheKilobytes);
        var answered = false;
        try
        {
            var answer = work(connection);
            answered = true;
            return answer;
        }
        finally
        {
            if (answered && _readers.Count < MostKeptReaders && IsIdle(connection))
                _readers.Add(connection);
            else
                connection.Dispose();
            if (_closed)
                CloseReaders();
        }
    }

    /// <summary>Whether nothing on it would see an old state or keep the log from being emptied: no transaction, no statement.</summary>
    private static bool IsIdle(SqliteConnection connection) =>
        connection.Handle is { } handle
        && SQLitePCL.raw.sqlite3_get_autocommit(handle) != 0
        && SQLitePCL.raw.sqlite3_db_status(handle, SQLitePCL.raw.SQLITE_DBSTATUS_STMT_USED, out var statementBytes, out _, 0) == SQLitePCL.raw.SQLITE_OK
        && statementBytes == 0;

    private void CloseReaders()
    {
        _closed = true;
        while (_readers.TryTake(out var connection))
            connection.Dispose();
    }
}
