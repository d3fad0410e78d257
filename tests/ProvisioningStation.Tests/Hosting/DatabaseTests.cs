using System.Reflection;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class DatabaseTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("database").FullName, "test.db");

    private static Assembly Owner => typeof(DatabaseTests).Assembly;

    [Fact]
    public async Task FailedWork_ChangesNothing()
    {
        using var database = new Database(_file, Owner);
        await database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER)", transaction: transaction), default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync((connection, transaction) =>
        {
            connection.Execute("INSERT INTO t (a) VALUES (1)", transaction: transaction);
            throw new InvalidOperationException();
        }, default));
        Assert.Equal(0, database.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM t")));
    }

    [Fact]
    public async Task ParallelWriters_AreServedOneAfterTheOther()
    {
        using var database = new Database(_file, Owner);
        await database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER)", transaction: transaction), default);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => database.WriteAsync((connection, transaction) =>
        {
            var count = connection.ExecuteScalar<int>("SELECT COUNT(*) FROM t", transaction: transaction);
            connection.Execute("INSERT INTO t (a) VALUES (@count)", new { count }, transaction);
        }, default))));
        Assert.Equal(Enumerable.Range(0, 50), database.Read(connection => connection.Query<int>("SELECT a FROM t ORDER BY a")));
    }

    [Fact]
    public async Task EveryFileOfTheDatabase_IsItsOwnersAlone()
    {
        File.WriteAllText(_file, string.Empty);
        File.SetUnixFileMode(_file, DataDirectory.OwnerOnlyFile | UnixFileMode.OtherRead);
        using var database = new Database(_file, Owner);
        await database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER)", transaction: transaction), default);
        Assert.All([_file, _file + "-wal", _file + "-shm"], file => Assert.Equal(DataDirectory.OwnerOnlyFile, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void SecondProcess_IsKeptAway()
    {
        using var database = new Database(_file, Owner);
        Assert.Contains("in use by another process", Assert.Throws<ConfigurationException>(() => new Database(_file, Owner)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabaseOfANewerProgram_IsRefused()
    {
        using (var database = new Database(_file, Owner))
            await database.WriteAsync((connection, transaction) => connection.Execute("INSERT INTO applied_migration (name, sha256) VALUES ('9999-future.sql', 'x')", transaction: transaction), default);
        Assert.Contains("9999-future.sql", Assert.Throws<ConfigurationException>(() => new Database(_file, Owner)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatIsNoDatabase_IsRefusedAndLeftAlone()
    {
        File.WriteAllText(_file, new string('x', 5000));
        Assert.Throws<ConfigurationException>(() => new Database(_file, Owner));
        Assert.Equal(new string('x', 5000), File.ReadAllText(_file));
    }

    [Fact]
    public async Task ReaderThatIsUsedAgain_SeesWhatWasWrittenSince()
    {
        using var database = new Database(_file, Owner);
        await database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER)", transaction: transaction), default);
        object? first = null;
        for (var count = 0; count < 3; count++)
        {
            var (used, found) = database.Read(connection => (connection, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM t")));
            Assert.Equal(count, found);
            Assert.Same(first ??= used, used);
            await database.WriteAsync((connection, transaction) => connection.Execute("INSERT INTO t (a) VALUES (1)", transaction: transaction), default);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReaderLeftInTheMiddle_IsNotUsedAgain_AndTheLogCanBeEmptied(bool transaction)
    {
        using var database = new Database(_file, Owner);
        await database.WriteAsync((connection, transaction) => connection.Execute("CREATE TABLE t (a INTEGER); INSERT INTO t (a) VALUES (1), (2)", transaction: transaction), default);
        var left = database.Read(connection =>
        {
            if (transaction)
                connection.BeginTransaction(System.Data.IsolationLevel.Serializable);
            var reader = connection.ExecuteReader("SELECT a FROM t");
            Assert.True(reader.Read());
            return connection;
        });
        await database.WriteAsync((connection, transaction) => connection.Execute("INSERT INTO t (a) VALUES (3)", transaction: transaction), default);
        var (next, count) = database.Read(connection => (connection, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM t")));
        Assert.NotSame(left, next);
        Assert.Equal(3, count);
        await database.EmptyLogAsync(default);
        Assert.Equal(0, new FileInfo(_file + "-wal").Length);
    }

    [Fact]
    public void ReadThatFails_LeavesTheNextOneAWholeConnection()
    {
        using var database = new Database(_file, Owner);
        Assert.ThrowsAny<Exception>(() => database.Read(connection => connection.ExecuteScalar<int>("SELECT a FROM nowhere")));
        Assert.Equal(1, database.Read(connection => connection.ExecuteScalar<int>("SELECT 1")));
    }

    [Fact]
    public async Task ReadUnderWayWhenTheDatabaseCloses_EndsAndKeepsNothingOpen()
    {
        var database = new Database(_file, Owner);
        using var asked = new SemaphoreSlim(0);
        using var closed = new SemaphoreSlim(0);
        var reading = Task.Run(() => database.Read(connection =>
        {
            asked.Release();
            closed.Wait();
            return (connection, connection.ExecuteScalar<int>("SELECT 1"));
        }));
        await asked.WaitAsync();
        database.Dispose();
        closed.Release();
        var (connection, one) = await reading;
        Assert.Equal(1, one);
        Assert.Equal(System.Data.ConnectionState.Closed, connection.State);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
}
