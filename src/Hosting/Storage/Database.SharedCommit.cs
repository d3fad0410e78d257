using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace ProvisioningStation.Hosting.Storage;

/// <content>
/// Writers that wait at the same time share one commit, and so one wait for the disk: with thirty-two stations that ask at once, the last of them waits for two or three
/// flushes in place of thirty-two. Each write stands behind a savepoint of its own; nobody is answered before the commit.
/// </content>
public sealed partial class Database
{
    private const string OneWrite = "one_write";
    private const int MostTogether = 128;

    private readonly ConcurrentQueue<SharedWrite> _waiting = new();
    private int _leading;

    /// <summary>
    /// As <see cref="WriteAsync{T}(Func{DbConnection, DbTransaction, T}, CancellationToken)"/>, but in one transaction with others that wait now: when this returns, the work is on the disk; when it throws, nothing of this work is, and nothing else is lost.
    /// <paramref name="work"/> may be run a second time, where the whole transaction was lost: it may use the connection and nothing else.
    /// </summary>
    /// <exception cref="Protocol.ProvisioningException"><see cref="Protocol.ErrorCode.StorageFull"/> where the disk is full, beside what <paramref name="work"/> throws.</exception>
    public Task<T> WriteTogetherAsync<T>(Func<DbConnection, DbTransaction, T> work, CancellationToken cancellationToken)
    {
        var write = new SharedWrite<T>(work, cancellationToken);
        _waiting.Enqueue(write);
        if (Interlocked.CompareExchange(ref _leading, 1, 0) == 0)
            _ = Task.Run(LeadAsync, CancellationToken.None);
        return write.Told;
    }

    /// <inheritdoc cref="WriteTogetherAsync{T}"/>
    public Task WriteTogetherAsync(Action<DbConnection, DbTransaction> work, CancellationToken cancellationToken) => WriteTogetherAsync(
        (connection, transaction) =>
        {
            work(connection, transaction);
            return true;
        },
        cancellationToken);

    /// <summary>Serves whoever waits, group after group; while one group is written, the next one gathers.</summary>
    private async Task LeadAsync()
    {
        do
        {
            while (!_waiting.IsEmpty)
                await ServeNextAsync();
            Interlocked.Exchange(ref _leading, 0); // a full fence: seen before the look at the queue, else a writer that came just now would wait for the next one
        }
        while (!_waiting.IsEmpty && Interlocked.CompareExchange(ref _leading, 1, 0) == 0);
    }

    private async Task ServeNextAsync()
    {
        var group = new List<SharedWrite>();
        try
        {
            await _writing.WaitAsync();
            try
            {
                while (group.Count < MostTogether && _waiting.TryDequeue(out var write))
                {
                    if (!write.IsCancelled)
                        group.Add(write);
                    else
                        write.Tell();
                }

                Serve(group);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception cause) // the database was closed meanwhile, or an observer of its writes failed
        {
            while (group.Count == 0 && _waiting.TryDequeue(out var write))
                group.Add(write);
            foreach (var write in group)
                write.Fail(cause);
        }

        foreach (var write in group)
            write.Tell();
    }

    private void Serve(List<SharedWrite> group)
    {
        if (group.Count > 1)
        {
            try
            {
                Transact((connection, transaction) =>
                {
                    foreach (var write in group)
                        RunBehindSavepoint(write, (SqliteConnection)connection, (SqliteTransaction)transaction);
                    return true;
                });
                return;
            }
            catch (Exception)
            {
                // The disk is full, or the commit failed: all of it is undone, also what succeeded. Each alone says whose failure it was.
            }
        }

        foreach (var write in group)
            RunAlone(write);
    }

    private static void RunBehindSavepoint(SharedWrite write, SqliteConnection connection, SqliteTransaction transaction)
    {
        transaction.Save(OneWrite);
        try
        {
            write.Run(connection, transaction);
        }
        catch (Exception cause)
        {
            if (StorageErrors.IsFull(cause) || StorageErrors.IsDamage(cause) || SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) != 0)
                throw; // SQLite has perhaps rolled back everything
            write.Fail(cause);
            transaction.Rollback(OneWrite);
        }

        transaction.Release(OneWrite);
    }

    private void RunAlone(SharedWrite write)
    {
        try
        {
            Transact((connection, transaction) =>
            {
                write.Run(connection, transaction);
                return true;
            });
        }
        catch (Exception cause)
        {
            write.Fail(cause);
        }
    }

    private abstract class SharedWrite(CancellationToken cancellationToken)
    {
        /// <summary>Why there is nothing of it.</summary>
        protected Exception? Failure { get; private set; }

        public bool IsCancelled => cancellationToken.IsCancellationRequested;

        protected CancellationToken CancellationToken => cancellationToken;

        public void Run(DbConnection connection, DbTransaction transaction)
        {
            Failure = null;
            RunWork(connection, transaction);
        }

        public void Fail(Exception cause) => Failure = cause;

        /// <summary>Says to the caller how it ended, once that can't change any more.</summary>
        public abstract void Tell();

        protected abstract void RunWork(DbConnection connection, DbTransaction transaction);
    }

    private sealed class SharedWrite<T>(Func<DbConnection, DbTransaction, T> work, CancellationToken cancellationToken) : SharedWrite(cancellationToken)
    {
        private readonly TaskCompletionSource<T> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _wasRun;
        private T _result = default!;

        public Task<T> Told => _told.Task;

        public override void Tell()
        {
            if (Failure is not null)
                _told.TrySetException(Failure);
            else if (_wasRun)
                _told.TrySetResult(_result);
            else
                _told.TrySetCanceled(CancellationToken);
        }

        protected override void RunWork(DbConnection connection, DbTransaction transaction)
        {
            _result = work(connection, transaction);
            _wasRun = true;
        }
    }
}
