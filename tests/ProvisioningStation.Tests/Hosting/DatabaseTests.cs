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

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
}
