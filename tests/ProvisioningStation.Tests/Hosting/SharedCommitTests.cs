using System.Data.Common;
using System.Reflection;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

/// <summary>Writers that share a commit: none undoes another, and nobody is told before it is on the disk.</summary>
public sealed class SharedCommitTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private Database _database = null!;
    private int _commits;

    private static Assembly Owner => typeof(SharedCommitTests).Assembly;

    public async Task InitializeAsync()
    {
        _database = new Database(Path.Combine(_directory.Path, "test.db"), Owner);
        await _database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)", transaction: transaction), default);
        _database.WriteEnded = committed => _commits += committed ? 1 : 0;
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task WritersThatWaitTogether_ShareOneCommitInTheirOrder()
    {
        var writes = await GatherAsync(Enumerable.Range(1, 40).Select(a => Insert(a)).ToArray());
        await Task.WhenAll(writes);
        Assert.Equal(2, _commits); // the one that kept them waiting, and theirs
        Assert.Equal(Enumerable.Range(1, 40), Rows());
    }

    [Fact]
    public async Task OneThatThrows_UndoesItselfAlone()
    {
        var writes = await GatherAsync(Insert(1), (connection, transaction) =>
        {
            Insert(2)(connection, transaction);
            throw new ProvisioningException(ErrorCode.Conflict, "No.");
        }, Insert(3), Insert(3), Insert(4));
        await Assert.ThrowsAsync<ProvisioningException>(() => writes[1]);
        Assert.Equal(19, (await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => writes[3])).SqliteErrorCode); // the second 3
        await Task.WhenAll(writes[0], writes[2], writes[4]);
        Assert.Equal([1, 3, 4], Rows());
    }

    [Fact]
    public async Task DiskFull_TakesBackOnlyWhatDidNotFit()
    {
        await _database.WriteAsync(
            (connection, transaction) => connection.ExecuteScalar<int>($"PRAGMA max_page_count={connection.ExecuteScalar<int>("PRAGMA page_count", transaction: transaction) + 8}", transaction: transaction),
            default);
        var writes = await GatherAsync(Insert(1), Insert(2, new byte[200_000]), Insert(3), Insert(4, new byte[200_000]), Insert(5));
        Assert.Equal(ErrorCode.StorageFull, (await Assert.ThrowsAsync<ProvisioningException>(() => writes[1])).Code);
        Assert.Equal(ErrorCode.StorageFull, (await Assert.ThrowsAsync<ProvisioningException>(() => writes[3])).Code);
        await Task.WhenAll(writes[0], writes[2], writes[4]);
        Assert.Equal([1, 3, 5], Rows());
        await _database.WriteTogetherAsync(Insert(6), default); // and it goes on
        Assert.Equal([1, 3, 5, 6], Rows());
    }

    [Fact]
    public async Task Kill_LeavesAllThatWasToldAndNothingOfAnOpenGroup()
    {
        await Task.WhenAll(await GatherAsync(Insert(1), Insert(2)));
        var told = CopyFiles("told");
        string? within = null;
        await Task.WhenAll(await GatherAsync(Insert(3), (_, _) => within = CopyFiles("within"), Insert(4)));
        Assert.Equal([1, 2], RowsOf(told));
        Assert.Equal([1, 2], RowsOf(within!));
        Assert.Equal([1, 2, 3, 4], Rows());
    }

    [Fact]
    public async Task CallerThatHasGone_IsNotServed()
    {
        using var gone = new CancellationTokenSource();
        var (let, kept) = await KeepWaitingAsync();
        var writes = new[] { _database.WriteTogetherAsync(Insert(1), gone.Token), _database.WriteTogetherAsync(Insert(2), default) };
        await gone.CancelAsync();
        let.SetResult();
        await kept;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writes[0]);
        await writes[1];
        Assert.Equal([2], Rows());
    }

    [Fact]
    public async Task SharedAndOwnTransactions_TakeTurns()
    {
        var (let, kept) = await KeepWaitingAsync(); // all of them wait at the same moment, on any machine
        var writes = Enumerable.Range(1, 200).Select(a => a % 3 == 0 ? _database.WriteAsync(Insert(a), default) : _database.WriteTogetherAsync(Insert(a), default)).ToArray();
        let.SetResult();
        await kept;
        await Task.WhenAll(writes);
        Assert.Equal(Enumerable.Range(1, 200), Rows());
        Assert.True(_commits < 200, $"{_commits} commits for 200 writes");
    }

    private static Action<DbConnection, DbTransaction> Insert(int a, byte[]? b = null) =>
        (connection, transaction) => connection.Execute("INSERT INTO t (a, b) VALUES (@a, @b)", new { a, b }, transaction);

    /// <summary>Lets all of <paramref name="work"/> wait for the same turn.</summary>
    private async Task<Task[]> GatherAsync(params Action<DbConnection, DbTransaction>[] work)
    {
        var (let, kept) = await KeepWaitingAsync();
        var writes = work.Select(one => _database.WriteTogetherAsync(one, default)).ToArray();
        let.SetResult();
        await kept;
        return writes;
    }

    private async Task<(TaskCompletionSource Let, Task Kept)> KeepWaitingAsync()
    {
        var (began, let) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var kept = Task.Run(() => _database.WriteAsync((_, _) => { began.SetResult(); let.Task.Wait(); }, default));
        await began.Task;
        return (let, kept);
    }

    /// <summary>What the disk holds now, as a kill would leave it.</summary>
    private string CopyFiles(string name)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_directory.Path, name)).FullName;
        foreach (var file in new[] { "test.db", "test.db-wal" })
            File.Copy(Path.Combine(_directory.Path, file), Path.Combine(copy, file));
        return Path.Combine(copy, "test.db");
    }

    private static List<int> RowsOf(string file)
    {
        using var database = new Database(file, Owner);
        return database.Read(connection => connection.Query<int>("SELECT a FROM t ORDER BY a").ToList());
    }

    private List<int> Rows() => _database.Read(connection => connection.Query<int>("SELECT a FROM t ORDER BY a").ToList());
}
