using Microsoft.Data.Sqlite;
using Dapper;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>Looks into a program's database from outside, while it runs: tests only.</summary>
public static class SqliteFile
{
    public static List<T> Query<T>(string directory, string file, string sql, object? parameters = null)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(directory, file), Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        return connection.Query<T>(sql, parameters).AsList();
    }
}
