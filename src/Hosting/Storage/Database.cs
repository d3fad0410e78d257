using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace ProvisioningStation.Hosting.Storage;

/// <summary>
/// A program's own database, SQLite in WAL mode with <c>synchronous=FULL</c> unless its owner needs less: what a write has returned is on the disk. One writer at a time, any number of readers.
/// A lock file keeps a second process away from the same data.
/// </summary>
public sealed partial class Database : IDisposable
{
    private static readonly TimeSpan WriteToFinish = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What is deleted or emptied (private keys) is overwritten; the writer's cache and the log are large enough for a batch of 10,000 rows, so that a page written
    /// three times on the way is copied into the database once.
    /// </summary>
    private const string Pragmas =
        "PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=8192;";

    private const int WriterCacheKilobytes = 32 * 1024;

    /// <summary>There are as many readers as callers at once, each with a cache of its own. The operating system keeps the file's pages once for all of them.</summary>
    private const int ReaderCacheKilobytes = 2 * 1024;

    private readonly string _connectionString;
    private readonly FileStream _lock;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SqliteConnection _writer;
    private readonly string _pragmas;
    private readonly Durability _durability;

    /// <summary>Opens <paramref name="file"/>, makes it where it does not exist, and brings its tables up to date with the migrations of <paramref name="owner"/>.</summary>
    /// <exception cref="ConfigurationException">Another process has it open, or it is not ours.</exception>
    public Database(string file, Assembly owner, Durability durability = Durability.PowerCut)
    {
        SQLitePCL.Batteries_V2.Init();
        _durability = durability;
        _pragmas = Pragmas + Synchronous(durability);
        DataDirectory.Open(Path.GetDirectoryName(Path.GetFullPath(file))!);
        _lock = TakeLock(file);
        try
        {
            RequireOwnerOnly(file);
            _connectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 }.ToString();
            _writer = Open(WriterCacheKilobytes);
            Migrations.Apply(_writer, owner);
        }
        catch (SqliteException cause)
        {
            _lock.Dispose();
            throw new ConfigurationException($"The database {file} can't be opened: {cause.Message}", cause);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Told what SQLite says whenever it meets a damaged page.</summary>
    public Action<string>? Damaged { get; set; }

    /// <summary>Told at the end of each transaction, before the next one begins, whether it was committed.</summary>
    public Action<bool>? WriteEnded { get; set; }

    /// <summary>Runs <paramref name="work"/> in one transaction; when this returns it is on the disk, when it throws nothing has changed.</summary>
    /// <exception cref="Protocol.ProvisioningException"><see cref="Protocol.ErrorCode.StorageFull"/> where the disk is full, beside what <paramref name="work"/> throws.</exception>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, T> work, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            return Transact(work);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>As <see cref="WriteAsync{T}(Func{DbConnection, DbTransaction, T}, CancellationToken)"/>, surviving at least what <paramref name="durability"/> says, and everything written before it too.</summary>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, T> work, Durability durability, CancellationToken cancellationToken)
    {
        if (durability == _durability || _durability == Durability.PowerCut)
            return await WriteAsync(work, cancellationToken);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Execute(Synchronous(durability));
            return Transact(work);
        }
        finally
        {
            Execute(Synchronous(_durability));
            _writing.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}(Func{DbConnection, DbTransaction, T}, CancellationToken)"/>
    public Task WriteAsync(Action<DbConnection, DbTransaction> work, CancellationToken cancellationToken) => WriteAsync(
        (connection, transaction) =>
        {
            work(connection, transaction);
            return true;
        },
        cancellationToken);

    /// <summary>Runs <paramref name="work"/> on a connection of its own that sees the last committed state.</summary>
    public T Read<T>(Func<DbConnection, T> work)
    {
        try
        {
            return ReadKept(work);
        }
        catch (Exception cause) when (StorageErrors.IsFull(cause))
        {
            throw StorageErrors.Full(cause);
        }
        catch (Exception cause) when (StorageErrors.IsDamage(cause))
        {
            Damaged?.Invoke(cause.Message);
            throw;
        }
    }

    /// <summary>Writes a copy of the last committed state to <paramref name="file"/>, which must not exist; readers and the writer go on meanwhile. It is on the disk when this returns.</summary>
    public void CopyTo(string file)
    {
        DurableFile.WriteInPlace(file, []); // SQLite takes an empty file, and so it is never readable by others
        Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO @file";
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@file", file);
            command.Parameters.Add(parameter);
            return command.ExecuteNonQuery();
        });
        using var copy = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        copy.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Copies what stands in the log into the database and empties the log, which still has what was deleted since. Where readers are under way the log stays as it is: try again later.
    /// </summary>
    public async Task EmptyLogAsync(CancellationToken cancellationToken)
    {
        await Task.Run(() => Read(connection => Checkpoint(connection, "PASSIVE")), cancellationToken); // the bulk of it, while the writer goes on
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Checkpoint(_writer, "TRUNCATE");
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Keeps every other process away from <paramref name="file"/> until the result is disposed.</summary>
    /// <exception cref="ConfigurationException">Another process has it open.</exception>
    public static IDisposable Hold(string file) => TakeLock(file);

    /// <summary>A connection for reading that its owner keeps, with prepared commands that are asked thousands of times a second. Each look sees the last committed state.</summary>
    public DbConnection OpenReader() => Open(ReaderCacheKilobytes);

    /// <summary>Closes the database, after the write under way.</summary>
    public void Dispose()
    {
        _writing.Wait(WriteToFinish);
        _writer.Dispose();
        CloseReaders();
        using (var pooled = new SqliteConnection(_connectionString))
            SqliteConnection.ClearPool(pooled);
        _writing.Dispose();
        _lock.Dispose();
    }

    private static string Synchronous(Durability durability) => $" PRAGMA synchronous={(durability == Durability.PowerCut ? "FULL" : "NORMAL")};";

    private void Execute(string sql)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static int Checkpoint(DbConnection connection, string mode)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA wal_checkpoint({mode})";
        return command.ExecuteNonQuery();
    }

    /// <summary>One transaction of whoever holds the gate.</summary>
    private T Transact<T>(Func<DbConnection, DbTransaction, T> work)
    {
        var committed = false;
        try
        {
            var transaction = _writer.BeginTransaction(IsolationLevel.Serializable, deferred: false);
            try
            {
                var result = work(_writer, transaction);
                transaction.Commit();
                committed = true;
                return result;
            }
            finally
            {
                End(transaction, committed);
            }
        }
        catch (Exception cause) when (StorageErrors.IsFull(cause))
        {
            throw StorageErrors.Full(cause);
        }
        catch (Exception cause) when (StorageErrors.IsDamage(cause))
        {
            Damaged?.Invoke(cause.Message);
            throw;
        }
        finally
        {
            WriteEnded?.Invoke(committed);
        }
    }

    /// <summary>
    /// Where the disk is full SQLite has rolled back by itself. The driver would roll back once more, fail, hide the reason, and take no further transaction: it is given one to roll back.
    /// </summary>
    private void End(SqliteTransaction transaction, bool committed)
    {
        var handle = _writer.Handle;
        if (!committed && SQLitePCL.raw.sqlite3_get_autocommit(handle) != 0)
            SQLitePCL.raw.sqlite3_exec(handle, "BEGIN");
        transaction.Dispose();
        if (SQLitePCL.raw.sqlite3_get_autocommit(handle) == 0)
            SQLitePCL.raw.sqlite3_exec(handle, "ROLLBACK");
    }

    /// <summary>Mode 0600 for the database, made before SQLite would make it readable for all; its log files take the same mode.</summary>
    private static void RequireOwnerOnly(string file)
    {
        if (OperatingSystem.IsWindows())
            return; // the directory's rights are inherited
        if (!File.Exists(file))
            new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = DataDirectory.OwnerOnlyFile }).Dispose();
        else if (File.GetUnixFileMode(file) != DataDirectory.OwnerOnlyFile)
            File.SetUnixFileMode(file, DataDirectory.OwnerOnlyFile);
    }

    private static FileStream TakeLock(string file)
    {
        try
        {
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException cause) when (DataDirectory.IsLocked(cause))
        {
            throw new ConfigurationException($"The database {file} is in use by another process. End that one first.", cause);
        }
    }

    private SqliteConnection Open(int cacheKilobytes)
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var pragmas = connection.CreateCommand();
        pragmas.CommandText = string.Create(CultureInfo.InvariantCulture, $"{_pragmas} PRAGMA cache_size=-{cacheKilobytes};");
        pragmas.ExecuteNonQuery();
        return connection;
    }
}

/// <summary>What a finished write survives.</summary>
public enum Durability
{
    /// <summary>A kill of the program and a power cut.</summary>
    PowerCut,

    /// <summary>A kill of the program; a power cut may take the last writes, never the order or the whole. For records of which the truth is elsewhere.</summary>
    Kill,
}
